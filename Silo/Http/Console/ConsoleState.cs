using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace AllData.Silo.Http.Console;

/// <summary>A section of the page, written once for all that look.</summary>
/// <param name="Name">Its name: the type of the server-sent event.</param>
/// <param name="Version">The version of the state that it has changed in.</param>
/// <param name="Event">The whole server-sent event.</param>
internal sealed record ConsoleSection(string Name, long Version, byte[] Event);

/// <summary>What the page shows now.</summary>
/// <param name="Version">Rises by one each round.</param>
/// <param name="Sections">The sections.</param>
internal sealed record ConsoleState(long Version, ImmutableArray<ConsoleSection> Sections)
{
    private readonly TaskCompletionSource<ConsoleState> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the state that follows.</summary>
    public Task<ConsoleState> Next => _next.Task;

    /// <summary>Before the first round.</summary>
    public static ConsoleState Empty(long version) => new(version, []);

    /// <summary>The state that follows; those that look are told by <see cref="Follow"/>.</summary>
    /// <param name="at">The time of day: the page shows that it is alive.</param>
    /// <param name="documents">The sections by name.</param>
    public ConsoleState With(DateTimeOffset at, IEnumerable<(string Name, object Document)> documents)
    {
        var known = Sections.ToDictionary(static s => s.Name);
        var all = documents.Append((Name: "at", Document: (object)new { At = at }));
        return new ConsoleState(Version + 1, [.. all.Select(d => SectionOf(d.Name, Write(d.Name, d.Document)))]);

        // What has not changed is not sent again.
        ConsoleSection SectionOf(string name, byte[] text) =>
            known.TryGetValue(name, out var section) && section.Event.AsSpan().SequenceEqual(text) ? section : new ConsoleSection(name, Version + 1, text);
    }

    /// <summary>Tells those that look that there is a state that follows.</summary>
    public void Follow(ConsoleState next) => _next.TrySetResult(next);

    /// <summary>A server-sent event (WHATWG HTML, 9.2): JSON has no line breaks.</summary>
    private static byte[] Write(string name, object document)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(document, document.GetType(), Documents.Options);
        return [.. Encoding.UTF8.GetBytes($"event: {name}\ndata: "), .. json, .. "\n\n"u8];
    }
}
