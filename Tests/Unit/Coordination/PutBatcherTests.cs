using System.Collections.Concurrent;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Protocol.Blocks;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Coordination;

public sealed class PutBatcherTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    private readonly SignallingTime _time = new();
    private readonly LimitOptions _limits = new() { MaxBlocksInFlight = 1 };
    private readonly ConcurrentQueue<(List<PendingPut> Puts, TaskCompletionSource Back)> _left = new();
    private readonly SemaphoreSlim _leaving = new(0);
    private readonly ReplicaPressure _pressure;
    private readonly PutBatcher _batcher;

    public PutBatcherTests()
    {
        _pressure = new ReplicaPressure(_time);
        _batcher = NewBatcher();
    }

    [Fact]
    public async Task Puts_that_come_while_a_block_is_in_flight_leave_together_in_their_order()
    {
        var puts = Enumerable.Range(0, 5).Select(_ => Put()).ToArray();
        Assert.True(_batcher.TryAdd(puts[0]));
        await LeftAsync();
        Assert.All(puts[1..], put => Assert.True(_batcher.TryAdd(put)));
        Assert.Equal([puts[0]], Return());
        await LeftAsync();
        Assert.Equal(puts[1..], Return());
    }

    [Fact]
    public async Task Puts_are_refused_while_those_before_them_have_waited_too_long()
    {
        _batcher.TryAdd(Put());
        await LeftAsync();
        Assert.True(_batcher.TryAdd(Put()));
        _time.Advance(LongestWait);
        Assert.True(_batcher.TryAdd(Put()));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(_batcher.TryAdd(Put()));
        Return();
        await LeftAsync();
        Assert.True(_batcher.TryAdd(Put()));
    }

    [Fact]
    public async Task Blocks_wait_for_the_moment_that_a_full_replica_asked_for()
    {
        _pressure.OnOverloaded(TimeSpan.FromMilliseconds(200));
        Assert.True(_batcher.TryAdd(Put()));
        Assert.Equal(TimeSpan.FromMilliseconds(200), await _time.Timer.WaitAsync(Bound));
        Assert.Empty(_left);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        await LeftAsync();
    }

    [Fact]
    public async Task No_replica_stops_the_lane_for_longer_than_a_second()
    {
        _pressure.OnOverloaded(TimeSpan.FromHours(1));
        _batcher.TryAdd(Put());
        Assert.Equal(TimeSpan.FromSeconds(1), await _time.Timer.WaitAsync(Bound));
        _time.Advance(TimeSpan.FromSeconds(1));
        await LeftAsync();
    }

    [Fact]
    public async Task After_each_pause_a_block_leaves_whatever_replicas_say()
    {
        _pressure.OnOverloaded(TimeSpan.FromMilliseconds(100));
        _batcher.TryAdd(Put());
        await _time.Timer.WaitAsync(Bound);
        _pressure.OnOverloaded(TimeSpan.FromMilliseconds(500));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await LeftAsync();
    }

    [Fact]
    public async Task Beside_another_block_a_smaller_one_leaves_after_a_moment_by_itself()
    {
        _limits.MaxBlocksInFlight = 2;
        var batcher = NewBatcher();
        KeyedEvent[] two = [new KeyedEvent(default, new byte[1]), new KeyedEvent(default, new byte[1])];
        batcher.TryAdd(new PendingPutMany(new BatchResults(2), two, null, Ticket(), _time.GetTimestamp()));
        await LeftAsync();
        batcher.TryAdd(Put());
        Assert.Equal(TimeSpan.FromMilliseconds(5), await _time.Timer.WaitAsync(Bound));
        Assert.Single(_left);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        await LeftAsync();
    }

    [Fact]
    public async Task A_block_that_fails_unforeseen_gives_its_place_back()
    {
        _batcher.TryAdd(Put());
        await LeftAsync();
        _batcher.TryAdd(Put());
        Assert.True(_left.TryDequeue(out var block));
        block.Back.SetException(new InvalidOperationException("A bug."));
        await LeftAsync();
    }

    private PutBatcher NewBatcher() => new(Send, LongestWait, _pressure, _limits, _time);

    private PendingSinglePut Put() => new(new KeyedEvent(default, new byte[1]), Ticket(), _time.GetTimestamp());

    private static AdmissionGate.Ticket Ticket() => new AdmissionGate(1).TryEnter(1)!;

    private Task Send(List<PendingPut> puts)
    {
        var back = new TaskCompletionSource();
        _left.Enqueue((puts, back));
        _leaving.Release();
        return back.Task;
    }

    private async Task LeftAsync() => Assert.True(await _leaving.WaitAsync(Bound), "No block has left.");

    private List<PendingPut> Return()
    {
        Assert.True(_left.TryDequeue(out var block));
        block.Back.SetResult();
        return block.Puts;
    }

    /// <summary>Says for how long the batcher waits.</summary>
    private sealed class SignallingTime : FakeTimeProvider
    {
        private readonly TaskCompletionSource<TimeSpan> _timer = new();

        public Task<TimeSpan> Timer => _timer.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _timer.TrySetResult(dueTime);
            return timer;
        }
    }
}
