using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AllData.Events;
using AllData.Reading;

namespace AllData.Tests.Support;

/// <summary>A reader that follows a store of real silos, whatever happens to them, and keeps what it is given.</summary>
internal sealed class FollowingReader
{
    // A silo says something every second.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<FollowedKey> _seen = new();

    private FollowingReader(string name) => Name = name;

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>What it was given, in that order.</summary>
    public List<FollowedKey> Seen => [.. _seen];

    /// <summary>Where it is.</summary>
    public EventKey Position { get; private set; }

    /// <summary>The peers for which it waits.</summary>
    public IReadOnlyList<string> Waits { get; private set; } = [];

    /// <summary>Ends when the reader does.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Begins with the first event, as an application does.</summary>
    public static FollowingReader OfClient(string name, IGrainFactory grains, CancellationToken stop)
    {
        var reader = new FollowingReader(name);
        reader.Running = Task.Run(() => reader.FollowAsync(grains, stop), CancellationToken.None);
        return reader;
    }

    /// <summary>Begins with the first event over HTTP, and goes on at the next silo when one breaks off or says nothing.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="silos">The silos, in the order in which it uses them.</param>
    /// <param name="isBrowser">Whether it asks for server-sent events and continues by their ids, as a browser does.</param>
    /// <param name="stop">Ends it.</param>
    public static FollowingReader OfHttp(string name, IReadOnlyList<Uri> silos, bool isBrowser, CancellationToken stop)
    {
        var reader = new FollowingReader(name);
        reader.Running = Task.Run(() => reader.FollowAsync(silos, isBrowser, stop), CancellationToken.None);
        return reader;
    }

    private async Task FollowAsync(IGrainFactory grains, CancellationToken stop)
    {
        var follow = grains.CreateEventReader().FollowAsync(FollowStart.Beginning);
        try
        {
            await foreach (var page in follow.ReadPagesAsync(stop))
            {
                var events = page.Events?.Unpack().Select(static e => new FollowedKey(e.Key, e.Position)) ?? [];
                Take(events, page.Position, page.HeldUpBy.Select(static d => d.Peer.Value));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The test has seen enough.
        }
    }

    private async Task FollowAsync(IReadOnlyList<Uri> silos, bool isBrowser, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        for (var next = 0; !stop.IsCancellationRequested; next++)
        {
            using var heard = CancellationTokenSource.CreateLinkedTokenSource(stop);
            try
            {
                heard.CancelAfter(Silence);
                using var request = RequestTo(silos[next % silos.Count], isBrowser);
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, heard.Token);
                await using var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(heard.Token);
                await ReadAsync(body, isBrowser, heard);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                // The next silo goes on.
            }
        }
    }

    private HttpRequestMessage RequestTo(Uri silo, bool isBrowser)
    {
        var position = Position == default ? null : Position.ToString();
        var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(silo, isBrowser || position is null ? "/events?follow=true&from=19700101" : $"/events?follow=true&after={position}"));
        if (isBrowser)
        {
            request.Headers.Accept.Add(new("text/event-stream"));
            if (position is not null)
            {
                request.Headers.Add("Last-Event-ID", position);
            }
        }

        return request;
    }

    private async Task ReadAsync(Stream body, bool isBrowser, CancellationTokenSource heard)
    {
        if (isBrowser)
        {
            await foreach (var item in SseParser.Create(body).EnumerateAsync(heard.Token))
            {
                heard.CancelAfter(Silence);
                Take(item.Data, item.EventType == "at", item.EventId is { } id ? EventKey.Parse(id) : Position);
            }

            return;
        }

        using var lines = new StreamReader(body);
        while (await lines.ReadLineAsync(heard.Token) is { } line)
        {
            heard.CancelAfter(Silence);
            var isAt = line.StartsWith("{\"at\":", StringComparison.Ordinal);
            Take(isAt ? line[6..^1] : line, isAt, reached: null);
        }
    }

    private void Take(string json, bool isAt, EventKey? reached)
    {
        var element = JsonElement.Parse(json);
        var position = element.TryGetProperty("position", out var at) ? EventKey.Parse(at.GetString()!) : default(EventKey?);
        if (!isAt)
        {
            var key = EventKey.Parse(element.GetProperty("key").GetString()!);
            Take([new FollowedKey(key, position ?? key)], reached ?? position ?? key, Waits);
            return;
        }

        string[] waits = element.TryGetProperty("heldUpBy", out var held)
            ? [.. held.EnumerateArray().Select(static h => h.TryGetProperty("peer", out var peer) ? peer.GetString()! : "")]
            : [];
        Take([], reached ?? position, waits);
    }

    private void Take(IEnumerable<FollowedKey> keys, EventKey? position, IEnumerable<string> waits)
    {
        foreach (var key in keys)
        {
            _seen.Enqueue(key);
        }

        Position = position ?? Position;
        Waits = [.. waits];
    }
}

/// <summary>An event that a reader was given.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Position">Where the reader is after it: its key, unless it is late.</param>
internal readonly record struct FollowedKey(EventKey Key, EventKey Position);
