using AllData.Silo.Hosting;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Silo;

public sealed class LogBoundsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedLog _log = new();
    private readonly GuardedLogs _guarded;
    private readonly ILogger _logger;

    public LogBoundsTests()
    {
        _guarded = new GuardedLogs(_log, _time);
        _logger = _guarded.CreateLogger("Orleans.Networking");
    }

    private string[] Messages => [.. _log.Lines.Select(line => line.Message)];

    public void Dispose() => _guarded.Dispose();

    [Fact]
    public void Lines_of_one_cause_are_bounded_each_minute_and_what_was_left_out_is_counted()
    {
        for (var i = 0; i < 1_264; i++)
        {
            _logger.LogWarning("Garbage from {Address}", i);
        }

        Assert.Equal(LogBounds.LinesPerCause, _log.Lines.Count);
        _time.Advance(LogBounds.Window);
        Assert.Equal("1,234 more lines like this within a minute were left out: Garbage from {Address}", Messages[^1]);
        Assert.Equal((LogLevel.Warning, "Orleans.Networking"), (_log.Lines.Last().Level, _log.Lines.Last().Category));

        _logger.LogWarning("Garbage from {Address}", "again");
        Assert.Equal("Garbage from again", Messages[^1]);
        _time.Advance(LogBounds.Window);
        Assert.Equal("Garbage from again", Messages[^1]);
    }

    [Fact]
    public void Another_cause_is_written_while_one_is_bounded()
    {
        for (var i = 0; i < 100; i++)
        {
            _logger.LogWarning("Garbage from {Address}", i);
        }

        _logger.LogWarning("Something else");
        _logger.LogError("Garbage from {Address}", 1);
        _guarded.CreateLogger("Another").LogWarning("Garbage from {Address}", 1);
        _logger.LogWarning(new IOException("x"), "Garbage from {Address}", 1);

        Assert.Equal(LogBounds.LinesPerCause + 4, _log.Lines.Count);
    }

    [Fact]
    public void A_failure_that_was_foreseen_is_one_sentence_and_another_one_has_its_stack()
    {
        var own = _guarded.CreateLogger("AllData.Membership");
        own.LogWarning(Thrown(new TimeoutException("No answer within 5 s.")), "The registry is away");
        own.LogError(Thrown(new DataDirectoryException("Version 1 is lower than version 2.")), "Refused: Version 1 is lower than version 2.");
        own.LogError(Thrown(new InvalidOperationException("Not foreseen.")), "Failed");

        Assert.Equal("The registry is away: No answer within 5 s.", Messages[0]);
        Assert.Equal("Refused: Version 1 is lower than version 2.", Messages[1]);
        Assert.Contains($" at {typeof(LogBoundsTests).FullName}.", Messages[2], StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_runtime_says_of_a_refused_start_at_each_of_its_layers_is_for_those_who_ask_for_details()
    {
        var refusal = new AggregateException(Thrown(new DataDirectoryException("It is another store's.")));
        _logger.LogError(refusal, "Lifecycle start canceled");
        _logger.LogError(Thrown(new InvalidOperationException("Not foreseen.")), "Lifecycle start canceled");
        _guarded.CreateLogger("AllData.Membership").LogError(refusal, "It cannot go on");

        Assert.Equal([LogLevel.Debug, LogLevel.Error, LogLevel.Error], _log.Lines.Select(static line => line.Level));
    }

    private static Exception Thrown(Exception failure)
    {
        try
        {
            throw failure;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    [Fact]
    public void Text_that_is_different_in_each_line_is_bounded_too()
    {
        for (var i = 0; i < LogBounds.MaxCauses + 10_000; i++)
        {
#pragma warning disable CA2254 // It is about those who log so.
            _logger.LogWarning($"Garbage {i}");
#pragma warning restore CA2254
        }

        Assert.InRange(_log.Lines.Count, LogBounds.MaxCauses, LogBounds.MaxCauses + LogBounds.LinesPerCause);
    }

    [Fact]
    public void Details_that_were_asked_for_and_what_ends_the_process_are_not_bounded()
    {
        for (var i = 0; i < 100; i++)
        {
            _logger.LogDebug("Step");
            _logger.LogCritical("End");
        }

        Assert.Equal(200, _log.Lines.Count);
    }

    [Fact]
    public void What_others_sent_cannot_act_on_a_terminal_or_begin_a_line()
    {
        _logger.LogWarning("Cluster {Id} is unknown", "\u001b[2J\r\nfake\u202e\u009b");
        _logger.LogError(new IOException("a\u001b]0;owned\u0007"), "Failed");

        Assert.Equal("Cluster \\u001b[2J\\r\\nfake\\u202e\\u009b is unknown", Messages[0]);
        Assert.Equal("Failed System.IO.IOException: a\\u001b]0;owned\\u0007", Messages[1]);
        Assert.All(_log.Lines, line => Assert.Null(line.Exception));
    }

    [Fact]
    public void A_line_without_such_text_keeps_its_values_for_formatters_and_a_long_one_is_cut()
    {
        _logger.LogWarning("Peer {Peer}", "north-a");
        _logger.LogWarning("{Text}", new string('x', GuardedLogs.MaxLine + 1_500));

        Assert.Equal("Peer north-a", Messages[0]);
        Assert.EndsWith("xx … (1,500 more characters)", Messages[1]);
    }
}
