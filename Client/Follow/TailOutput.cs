using System.Collections.Immutable;
using System.Text.Json;
using AllData.Client.Read;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Follow;

/// <summary>Writes what a tail gives: events to the standard output, what it waits for to the standard error.</summary>
internal sealed class TailOutput(Terminal terminal, EventFilter[] filters, long? limit, FollowMode mode, bool json)
{
    private readonly NdjsonWriter _lines = new(terminal.JsonLines);
    private ImmutableArray<string> _told = [];
    private EventKey? _position;
    private long _written;

    /// <summary>Whether as many events are written as are wanted.</summary>
    public bool IsFull => _written >= limit;

    /// <summary>All events up to this key that it takes are written; null before it is known.</summary>
    public EventKey? Position => _position;

    /// <summary>Whether an event is written.</summary>
    public bool Takes(ScannedEvent e) => filters.Length == 0 || (e.Unreadable is null && filters.All(f => f.Matches(e.Payload)));

    /// <summary>Writes an event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="isInOrder">Whether another tail goes on after it.</param>
    public void Write(ScannedEvent e, bool isInOrder = true)
    {
        if (IsFull)
        {
            return;
        }

        _position = isInOrder ? e.Position : _position;
        if (e.Unreadable is { } unreadable)
        {
            _lines.WriteUnreadable(unreadable, e.IsConflict, e.Topic, e.LateAt);
        }
        else
        {
            _lines.Write(e.Key, e.Payload.Span, e.IsConflict, e.Topic, e.LateAt);
        }

        _written++;
    }

    /// <summary>Writes a page, and says what the tail waits for when that has changed.</summary>
    public void Write(FollowPage page)
    {
        foreach (var e in page.Events is { } events ? events.Unpack().Where(Takes) : [])
        {
            Write(e, isInOrder: !page.IsLive);
        }

        _lines.Flush();
        _position = IsFull ? _position : page.Position ?? _position;
        Tell(page);
    }

    /// <summary>Says where another tail continues.</summary>
    public void Finish()
    {
        _lines.Flush();
        if (json)
        {
            terminal.Say(JsonSerializer.Serialize(new { Events = _written, Position = _position?.ToString() }, JsonOutput.Options));
        }
        else if (_position is { } position && position > default(EventKey))
        {
            terminal.Say($"{Amount.OfEvents(_written)}. To go on from here: --after {position}");
        }
    }

    // A reason may have a time in it that moves: what counts is for which peer it waits.
    private void Tell(FollowPage page)
    {
        ImmutableArray<string> waited = [.. page.HeldUpBy.Select(static d => $"{d.Cluster}/{d.Peer}").Distinct()];
        if (waited.SequenceEqual(_told))
        {
            return;
        }

        _told = waited;
        if (json)
        {
            terminal.Say(JsonSerializer.Serialize(new { HeldUpBy = page.HeldUpBy.Select(DoubtJson.Of) }, JsonOutput.Options));
            return;
        }

        if (waited.IsEmpty)
        {
            terminal.Say("It goes on.");
        }

        foreach (var doubt in page.HeldUpBy)
        {
            var what = mode == FollowMode.Live ? "safe" : "given";
            terminal.Say($"Waits{DoubtText.Of(DoubtJson.Of(doubt))}: {doubt.Reason}. Nothing behind {page.Position} is {what} until that is over.");
        }
    }
}
