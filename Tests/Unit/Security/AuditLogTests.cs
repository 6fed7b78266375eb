using System.Text.Json.Nodes;
using AllData.Security;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Security;

/// <summary>The file that says which principal did what.</summary>
public sealed class AuditLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly RecordedLog _log = new();

    private string File => Path.Combine(_directory.Path, "audit.ndjson");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_line_has_what_is_known_and_only_this_user_may_read_it()
    {
        using (var audit = Create())
        {
            audit.Write(new AuditEntry("Drain", AuditEntry.Done, "ops", Target: "north-a"));
            audit.Write(new AuditEntry("DropPeer", AuditEntry.Failed, "ops", Target: "north-a False", Reason: "a \u001b[2J reason"));
        }

        Assert.Equal(
            [
                """{"time":"2026-01-02T03:04:05Z","principal":"ops","action":"Drain","target":"north-a","result":"done"}""",
                """{"time":"2026-01-02T03:04:05Z","principal":"ops","action":"DropPeer","target":"north-a False","result":"failed","reason":"a \u001B[2J reason"}""",
            ],
            System.IO.File.ReadAllLines(File));
        Assert.True(OperatingSystem.IsWindows() || System.IO.File.GetUnixFileMode(File) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void What_was_there_is_kept_and_the_files_stay_within_their_number_and_size()
    {
        for (var i = 0; i < 40; i++)
        {
            using var audit = Create(maxBytes: 250);
            audit.Write(new AuditEntry($"action-{i}", AuditEntry.Done));
            audit.Write(new AuditEntry($"again-{i}", AuditEntry.Done));
        }

        var files = Directory.GetFiles(_directory.Path).ToDictionary(static file => Path.GetFileName(file), static file => new FileInfo(file).Length);
        Assert.Equal(AuditLog.MaxFiles, files.Count);
        Assert.All(files.Values, static length => Assert.InRange(length, 1, 250));
        Assert.Contains("again-39", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        Assert.Contains("audit.7.ndjson", files.Keys);
    }

    [Fact]
    public void Refusals_beyond_a_number_in_a_minute_are_counted_and_what_was_done_is_never_left_out()
    {
        using var audit = Create();
        for (var i = 0; i < AuditLog.MaxRefusalsPerMinute + 7; i++)
        {
            audit.Write(new AuditEntry("POST /", AuditEntry.Refused));
        }

        audit.Write(new AuditEntry("Drain", AuditEntry.Done));
        _time.Advance(TimeSpan.FromMinutes(1));
        audit.Write(new AuditEntry("POST /", AuditEntry.Refused));

        var lines = ReadLines();
        Assert.Equal(AuditLog.MaxRefusalsPerMinute + 2, lines.Count);
        Assert.Equal(7, (long)lines[^2]["leftOut"]!);
        Assert.Equal("Drain", (string)lines[^2]["action"]!);
        Assert.Null(lines[^1]["leftOut"]);
    }

    [Fact]
    public void A_log_that_cannot_be_written_says_so_in_the_log_of_the_silo_and_stops_nothing()
    {
        Directory.CreateDirectory(File);
        using var audit = Create();

        audit.Write(new AuditEntry("Drain", AuditEntry.Done));

        Assert.Contains("cannot be written", Assert.Single(_log.Alarms).Message, StringComparison.Ordinal);
    }

    private AuditLog Create(int maxBytes = AuditLog.MaxBytes) => new(File, maxBytes, _time, ((ILoggerProvider)_log).CreateLogger("audit"));

    // As another process reads it, while it is written.
    private List<JsonNode> ReadLines()
    {
        using var file = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!)];
    }
}
