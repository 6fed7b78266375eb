using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Text;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Put;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Puts;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Client;

public sealed class FileLoaderTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly FakeStore _store = new();
    private readonly FakeTimeProvider _time = new();
    private readonly LoadTally _tally = new();

    [Fact]
    public async Task No_more_batches_are_in_flight_than_allowed_and_no_fewer()
    {
        const int InFlight = 3;
        var (inFlight, most) = (0, 0);
        var release = new TaskCompletionSource();
        var full = new TaskCompletionSource();
        _store.OnPutMany = async batch =>
        {
            var now = Interlocked.Increment(ref inFlight);
            most = Math.Max(most, now);
            _ = now == InFlight && full.TrySetResult();
            await release.Task;
            Interlocked.Decrement(ref inFlight);
            return _store.StoreAll(batch);
        };
        var loading = Loader(Text(100), new FileLoadOptions(InFlight, BatchEvents: 5)).RunAsync(CancellationToken.None);
        await full.Task.WaitAsync(Bound);
        release.SetResult();
        await loading.WaitAsync(Bound);
        Assert.Equal((InFlight, 100L, 100), (most, _tally.Counts.Stored, _store.Events.Count));
    }

    [Fact]
    public async Task Batches_hold_as_many_events_as_asked_for()
    {
        await Loader(Text(1_000), new FileLoadOptions(1, BatchEvents: 256)).RunAsync(CancellationToken.None).WaitAsync(Bound);
        Assert.Equal([256, 256, 256, 232], _store.Batches.Select(batch => batch.Count));
    }

    [Fact]
    public async Task A_pipe_that_pauses_does_not_hold_back_what_it_gave()
    {
        var pipe = new Pipe();
        var asked = new TaskCompletionSource<EventBatch>();
        _store.OnPutMany = batch =>
        {
            asked.TrySetResult(batch);
            return Task.FromResult(_store.StoreAll(batch));
        };
        var loading = Loader(pipe.Reader.AsStream(), new FileLoadOptions(1, BatchEvents: 256)).RunAsync(CancellationToken.None);
        await pipe.Writer.WriteAsync("1\n2\n"u8.ToArray());
        await AdvanceUntilAsync(asked.Task, "the two events of a pausing pipe are put");
        Assert.Equal(2, (await asked.Task).Count);
        await pipe.Writer.CompleteAsync();
        await loading.WaitAsync(Bound);
    }

    [Fact]
    public async Task An_interrupt_ends_the_reading_and_lets_what_is_in_flight_finish()
    {
        var pipe = new Pipe();
        var (asked, answer) = (new TaskCompletionSource<EventBatch>(), new TaskCompletionSource<PutResults>());
        _store.OnPutMany = batch =>
        {
            asked.TrySetResult(batch);
            return answer.Task;
        };
        using var stop = new CancellationTokenSource();
        var loading = Loader(pipe.Reader.AsStream(), new FileLoadOptions(1, BatchEvents: 2)).RunAsync(stop.Token);
        await pipe.Writer.WriteAsync("1\n2\n3\n"u8.ToArray());
        var batch = await asked.Task.WaitAsync(Bound);
        await stop.CancelAsync();
        Assert.False(loading.IsCompleted);
        _store.OnPutMany = late => Task.FromResult(_store.StoreAll(late));
        answer.SetResult(_store.StoreAll(batch));
        await loading.WaitAsync(Bound);
        Assert.Equal((3L, 3L, 0L), (_tally.Counts.Read, _tally.Counts.Stored, _tally.Counts.Failed));
    }

    [Fact]
    public async Task An_interrupt_gives_up_after_its_bound_and_settles_every_line()
    {
        var asked = new TaskCompletionSource();
        _store.OnPutMany = _ =>
        {
            asked.TrySetResult();
            return new TaskCompletionSource<PutResults>().Task;
        };
        using var stop = new CancellationTokenSource();
        var loading = Loader(Text(4), new FileLoadOptions(1, BatchEvents: 2)).RunAsync(stop.Token);
        await asked.Task.WaitAsync(Bound);
        await stop.CancelAsync();
        await AdvanceUntilAsync(loading, "the load gives up after an interrupt");
        Assert.Equal(_tally.Counts.Read, _tally.Counts.Failed + _tally.Counts.Unknown);
        Assert.True(_tally.Counts.Unknown >= 2);
    }

    /// <summary>Moves the time in small steps until something has happened, no faster than the machine can follow: puts have an hour of it.</summary>
    private async Task AdvanceUntilAsync(Task task, string phase)
    {
        using var late = new CancellationTokenSource(Bound);
        using var step = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!task.IsCompleted)
        {
            Assert.False(late.IsCancellationRequested, $"Within {Bound}: {phase}; it did not happen, counts: {_tally.Counts}.");
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await step.WaitForNextTickAsync();
        }
    }

    private static MemoryStream Text(int lines) =>
        new(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, lines).Select(n => $"{n}\n"))));

    private FileLoader Loader(Stream input, FileLoadOptions options)
    {
        var ledger = new LoadLedger(
            _tally, new ReceiptsFile(null), new LineFile(null), new LineFile(null), Terminal.Of(Stream.Null, Stream.Null, TextWriter.Null));
        var address = new ClusterAddress([], "c", "s", TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(20));
        var services = new ClientServices(new ClientRun(), Terminal.Of(Stream.Null, Stream.Null, TextWriter.Null), _time, new Random(1));
        var client = PutClients.Create(
            _store.Grains, services, address, options.BatchEvents, FileLoadOptions.MaxBatchBytes, options.InFlight, FileLoadOptions.UsualMaxLineBytes);
        return new FileLoader(new LineReader(input, FileLoadOptions.UsualMaxLineBytes), new LineSender(client, null, ledger), ledger, options, _time);
    }
}
