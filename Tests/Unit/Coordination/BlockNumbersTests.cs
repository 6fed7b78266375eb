using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Numbers;
using AllData.Replication;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Coordination;

/// <summary>The numbers of a silo's blocks: how they are noted behind the puts, and reported.</summary>
public sealed class BlockNumbersTests : IDisposable
{
    private const int Ordinal = 5;

    private static readonly Interval Day = Interval.Containing(TestBlocks.Noon, TimeSpan.FromDays(1));
    private static readonly UnixMinute Minute = TestBlocks.Key(0).UnixMinute;

    private readonly StorageFolder _folder = new();
    private readonly SteppedTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(TestBlocks.Noon));
    private readonly HeldBackScheduler _scheduler = new();
    private readonly DataDirectory _directory;
    private readonly BlockNumbers _numbers;
    private string? _failure;

    public BlockNumbersTests()
    {
        _directory = OpenDirectory();
        _numbers = Begin(_directory);
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _directory.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Numbers_are_dense_in_each_interval()
    {
        var ids = new[] { Minute, Minute, Day.Next.FirstMinute, Minute, Day.Next.FirstMinute }.Select(minute => _numbers.Issue(Ordinal, minute)).ToList();

        Assert.Equal([0L, 1L, 0L, 2L, 1L], ids.Select(static id => id.Number));
        Assert.Equal([Day.FirstMinute, Day.FirstMinute, Day.Next.FirstMinute], ids.Take(3).Select(static id => id.IntervalStart));
        Assert.All(ids, id => Assert.Equal((Ordinal, _directory.Incarnation), (id.Ordinal, id.Incarnation)));
    }

    [Fact]
    public void No_put_waits_for_the_journal_and_a_second_later_it_knows()
    {
        _numbers.Settle(_numbers.Issue(Ordinal, Minute));
        _numbers.Issue(Ordinal, Minute);
        Assert.Equal(-1, Journalled());

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(-1, Journalled());
        _scheduler.Run();
        Assert.Equal(2, Journalled());

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _scheduler.Run());
    }

    [Fact]
    public void Under_load_a_mark_is_noted_long_before_the_window_is_used_up()
    {
        for (var i = 0; i < IntervalNumbers.Window / 2; i++)
        {
            _numbers.Settle(_numbers.Issue(Ordinal, Minute));
        }

        Assert.Equal(1, _scheduler.Run());
        Assert.Equal(IntervalNumbers.Window / 2, Journalled());
    }

    [Fact]
    public async Task A_report_is_durable_before_it_is_given()
    {
        _numbers.Abandon(_numbers.Issue(Ordinal, Minute));
        _numbers.Settle(_numbers.Issue(Ordinal, Minute));
        _numbers.Issue(Ordinal, Minute);

        var report = Assert.Single(await ReportAsync(_numbers));
        Assert.Equal((3L, 3L, "2", "0", false), (report.Issued, report.Settled, $"{report.UnderWay}", $"{report.Abandoned}", report.Ended));
        Assert.Equal(3, Journalled());
    }

    [Fact]
    public async Task A_silo_that_was_killed_is_reported_as_that_and_one_that_has_stopped_as_that()
    {
        _numbers.Settle(_numbers.Issue(Ordinal, Minute));
        await ReportAsync(_numbers);
        _numbers.Issue(Ordinal, Minute);
        _numbers.Dispose();
        _directory.Dispose();

        using var second = OpenDirectory();
        using var ending = Begin(second);
        ending.Issue(Ordinal, Minute);
        ending.SayGoodbye();
        Assert.Throws<KeysUnavailableException>(() => ending.Issue(Ordinal, Minute));
        second.Dispose();

        using var third = OpenDirectory();
        using var running = Begin(third);
        Assert.Equal(
            [(-1L, 1L, "", false), (1L, 1L, "0", true), (0L, 0L, "", false)],
            (await ReportAsync(running)).Select(static r => (r.Issued, r.Settled, $"{r.UnderWay}", r.Ended)));
    }

    [Fact]
    public async Task While_the_journal_cannot_be_written_puts_go_on_and_nothing_is_reported()
    {
        _failure = "No space left on device.";
        for (var i = 0; i < 2 * IntervalNumbers.Window; i++)
        {
            _numbers.Abandon(_numbers.Issue(Ordinal, Minute));
        }

        _scheduler.Run();
        Assert.Equal("No space left on device.", Assert.Single(_numbers.Conditions).Sentence);
        await Assert.ThrowsAsync<ReplicaStoreException>(() => ReportAsync(_numbers));

        _failure = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        _scheduler.Run();
        Assert.Empty(_numbers.Conditions);
        Assert.Equal(2 * IntervalNumbers.Window, Assert.Single(await ReportAsync(_numbers)).Abandoned.Count);
    }

    private long Journalled() => _directory.ReadNumbers().OfType<NumbersSettled>().LastOrDefault()?.Settled ?? -1;

    private async Task<IReadOnlyList<NumberReport>> ReportAsync(BlockNumbers numbers)
    {
        var report = numbers.ReportAsync(Day);
        _scheduler.Run();
        return await report;
    }

    private DataDirectory OpenDirectory()
    {
        var directory = DataDirectory.Open(_folder.Path, PeerId.Parse("north-a"), _time, NullLogger<DataDirectory>.Instance);
        directory.BindOrdinal(Ordinal);
        return directory;
    }

    private BlockNumbers Begin(DataDirectory directory)
    {
        var failing = GrainStub.Of<IPeerDirectory>((method, arguments) => method.Name switch
        {
            nameof(IPeerDirectory.NoteNumbers) when _failure is { } failure => throw new DataDirectoryException(failure),
            nameof(IPeerDirectory.NoteNumbers) => Note(directory, (IReadOnlyList<NumberRecord>)arguments[0]!),
            nameof(IPeerDirectory.ReadNumbers) => directory.ReadNumbers(),
            "get_" + nameof(IPeerDirectory.Ordinal) => directory.Ordinal,
            "get_" + nameof(IPeerDirectory.Incarnation) => directory.Incarnation,
            _ => throw new NotSupportedException(method.Name),
        });
        var peer = GrainStub.Of<ICoordinatingPeer>((method, _) => method.Name switch
        {
            "get_" + nameof(ICoordinatingPeer.Id) => PeerId.Parse("north-a"),
            "get_" + nameof(ICoordinatingPeer.IntervalLength) => TimeSpan.FromDays(1),
            "get_" + nameof(ICoordinatingPeer.Directory) => failing,
            _ => throw new NotSupportedException(method.Name),
        });
        return new BlockNumbers(peer, _time, _scheduler, NullLogger<BlockNumbers>.Instance);
    }

    private static object? Note(DataDirectory directory, IReadOnlyList<NumberRecord> records)
    {
        directory.NoteNumbers(records);
        return null;
    }

    /// <summary>What is left to do in the background waits until the test lets it run.</summary>
    private sealed class HeldBackScheduler : TaskScheduler
    {
        private readonly Queue<Task> _tasks = [];

        /// <summary>Runs all of it; how many there were.</summary>
        public int Run()
        {
            var count = 0;
            for (; _tasks.TryDequeue(out var task); count++)
            {
                Assert.True(TryExecuteTask(task));
            }

            return count;
        }

        protected override IEnumerable<Task> GetScheduledTasks() => _tasks;

        protected override void QueueTask(Task task) => _tasks.Enqueue(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;
    }
}
