using AllData.Events;
using AllData.Peers;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Reading;

/// <summary>Waiting until an event is held in several regions.</summary>
public sealed class RegionWatchTests
{
    private static readonly PutReceipt Receipt = new(
        TestBlocks.Key(0), PutOutcome.Stored, [new Replica(PeerId.Parse("north-a"), new PeerLocation("north", "a"))], CommitLevel.Quorum, Adherence.Relaxed);

    private readonly FakeTimeProvider _time = new();
    private readonly Reader _reader = new();

    [Fact]
    public async Task What_the_receipt_says_already_is_not_asked()
    {
        Assert.Equal(["north"], (await Watch().WhenInAsync(Receipt, 1, TimeSpan.Zero, CancellationToken.None)).AsEnumerable());
        Assert.Equal(0, _reader.Asked);
    }

    [Fact]
    public async Task It_ends_when_enough_regions_hold_the_event_whatever_silos_could_not_say_meanwhile()
    {
        _reader.Answers = [static () => ["north"], static () => throw new TimeoutException("It does not answer."), static () => ["north", "west"]];
        var wait = Watch().WhenInAsync(Receipt, 2, TimeSpan.FromDays(1), CancellationToken.None);
        await PassAsync(wait);
        Assert.Equal(["north", "west"], (await wait).AsEnumerable());
        Assert.Equal(3, _reader.Asked);
    }

    [Fact]
    public async Task It_is_bounded_in_time_and_in_questions_and_names_the_regions_that_hold_the_event()
    {
        _reader.Answers = [static () => ["north"]];
        var wait = Watch().WhenInAsync(Receipt, 2, TimeSpan.FromMinutes(1), CancellationToken.None);
        await PassAsync(wait);
        var late = await Assert.ThrowsAsync<TimeoutException>(() => wait);
        Assert.Contains("it is held in north.", late.Message, StringComparison.Ordinal);
        Assert.InRange(_reader.Asked, 1, 20);
    }

    [Fact]
    public async Task It_ends_when_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var wait = Watch().WhenInAsync(Receipt, 2, TimeSpan.FromMinutes(1), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    private RegionWatch Watch() => new(_reader, _time);

    private async Task PassAsync(Task wait)
    {
        while (!wait.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }
    }

    private sealed class Reader : IEventReader
    {
        public Func<string[]>[] Answers { get; set; } = [];

        public int Asked { get; private set; }

        public Task<EventReadResult> GetAsync(EventKey key, CancellationToken cancellationToken = default) =>
            Task.FromResult(new EventReadResult(key, [], []) { Regions = [.. Answers[Math.Min(Asked++, Answers.Length - 1)]()] });

        public EventScan Scan(ScanRange range) => throw new NotSupportedException();
    }
}
