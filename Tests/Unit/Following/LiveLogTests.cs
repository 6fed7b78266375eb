using AllData.Events;
using AllData.Following.Live;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Following;

/// <summary>Live readers of a silo that hears of some events, late, twice, or not at all.</summary>
public sealed class LiveLogTests
{
    private const int Events = 400;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 30)]
    [InlineData(3, 100)]
    [InlineData(4, 60)]
    [InlineData(5, 10)]
    public void Each_reader_is_given_each_event_once_whatever_the_silo_hears_of_and_however_fast_the_reader_is(int seed, int lostPercent)
    {
        var run = new Run(new Random(seed), lostPercent, keptBytes: 1 << 20, maxKeys: Events);
        run.ToTheEnd();
        Assert.All(run.Readers, static reader => Assert.Equal(reader.Expected, reader.Given.Order()));
        Assert.Equal(lostPercent < 100, run.Readers.Any(static reader => reader.Live > 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_does_not_fit_comes_when_it_is_safe_and_a_reader_that_keeps_keys_is_given_each_event_once(int seed)
    {
        // Some pages, and fewer keys than there are events beyond the safe point.
        var run = new Run(new Random(seed), lostPercent: 10, keptBytes: 300, maxKeys: 12);
        run.ToTheEnd();
        Assert.All(run.Readers, static reader => Assert.Equal(reader.Expected, reader.Sifted.Order()));
    }

    [Fact]
    public void Of_events_in_conflict_all_come_when_they_are_safe()
    {
        var log = new LiveLog(1 << 20);
        var cursor = new LiveCursor(log.NextTurn);
        log.Append(PageOf(1, 2));
        Assert.True(log.TryTake(cursor, FakeScan.Key(0), out _));
        var safe = FakeScan.PageOf(
            [(FakeScan.Key(1), [1]), (FakeScan.Key(2), [1]), (FakeScan.Key(2), [2]), (FakeScan.Key(3), [1])], [FakeScan.Key(2)], [], isLast: false);
        log.Pass(safe, FakeScan.Key(5));

        Assert.True(log.TryRest(cursor, safe, out var rest));
        Assert.Equal([FakeScan.Key(2), FakeScan.Key(2), FakeScan.Key(3)], rest!.Unpack().Select(static e => e.Key));
    }

    [Fact]
    public void Readers_that_have_got_the_same_are_given_the_same_page()
    {
        var log = new LiveLog(1 << 20);
        var (one, other) = (new LiveCursor(log.NextTurn), new LiveCursor(log.NextTurn));
        log.Append(PageOf(1, 3));
        log.TryTake(one, FakeScan.Key(0), out var first);
        log.TryTake(other, FakeScan.Key(0), out var second);
        Assert.Same(first, second);
        var safe = PageOf(1, 2, 3);
        log.Pass(safe, FakeScan.Key(3));
        log.TryRest(one, safe, out first);
        log.TryRest(other, safe, out second);
        Assert.Same(first, second);
        Assert.Equal([FakeScan.Key(2)], first!.Unpack().Select(static e => e.Key));
    }

    [Fact]
    public void A_page_of_which_it_is_not_known_what_was_given_is_for_readers_that_have_got_nothing()
    {
        var log = new LiveLog(1 << 20);
        var cursor = new LiveCursor(log.NextTurn);
        Assert.True(log.TryRest(cursor, PageOf(1), out _));
        log.Append(PageOf(2));
        log.TryTake(cursor, FakeScan.Key(0), out _);
        Assert.False(log.TryRest(cursor, PageOf(2), out _));
    }

    private static ScanPage PageOf(params IEnumerable<int> offsets) =>
        FakeScan.PageOf([.. offsets.Order().Select(static n => (FakeScan.Key(n), new byte[8]))], [], [], isLast: false);

    /// <summary>A silo and its readers, step by step, by chance.</summary>
    private sealed class Run(Random random, int lostPercent, long keptBytes, int maxKeys)
    {
        private readonly LiveLog _log = new(keptBytes, maxKeys);
        private readonly List<(ScanPage? Page, int UpTo)> _ordered = [];
        private readonly List<int> _untold = [];
        private int _put;
        private int _safe;

        public List<Reader> Readers { get; } = [];

        public void ToTheEnd()
        {
            while (_safe < Events)
            {
                Step();
            }

            foreach (var reader in Readers)
            {
                reader.ReadAll();
            }
        }

        private void Step()
        {
            switch (random.Next(6))
            {
                case 0 when Readers.Count < 12:
                    Readers.Add(new Reader(_log, _ordered, _safe));
                    break;
                case 1 or 2 when _put < Events:
                    _untold.AddRange(Enumerable.Range(_put + 1, Math.Min(random.Next(1, 6), Events - _put)));
                    _put = _untold[^1];
                    break;
                case 3:
                    Tell();
                    break;
                case 4 when _put > _safe && (random.Next(3) == 0 || _put == Events):
                    Pass();
                    break;
                default:
                    Readers.ForEach(reader => reader.Step(random));
                    break;
            }
        }

        // In any order, some never, some twice, some when they are safe.
        private void Tell()
        {
            var told = _untold.Where(_ => random.Next(3) == 0).ToList();
            _untold.RemoveAll(n => told.Contains(n) && random.Next(4) > 0);
            told.RemoveAll(_ => random.Next(100) < lostPercent);
            if (told.Count > 0)
            {
                _log.Append(PageOf(told));
            }
        }

        private void Pass()
        {
            var upTo = random.Next(_safe + 1, _put + 1);
            var page = PageOf(Enumerable.Range(_safe + 1, upTo - _safe));
            _log.Pass(page, FakeScan.Key(upTo));
            _ordered.Add((page, upTo));
            _safe = upTo;
        }
    }

    private sealed class Reader(LiveLog log, List<(ScanPage? Page, int UpTo)> ordered, int start)
    {
        private readonly LiveCursor _cursor = new(log.NextTurn);
        private readonly LiveSieve _sieve = new();
        private int _next = ordered.Count;
        private readonly int _start = start;
        private int _position = start;

        public List<EventKey> Given { get; } = [];

        public List<EventKey> Sifted { get; } = [];

        public int Live { get; private set; }

        public IEnumerable<EventKey> Expected => Enumerable.Range(_start + 1, Events - _start).Select(static n => FakeScan.Key(n));

        public void Step(Random random)
        {
            if (random.Next(2) == 0)
            {
                ReadOrdered();
            }
            else if (random.Next(3) > 0 && log.TryTake(_cursor, FakeScan.Key(_position), out var events))
            {
                Live += events.Count;
                Take(events, isLive: true);
            }
        }

        public void ReadAll()
        {
            while (_next < ordered.Count)
            {
                ReadOrdered();
            }
        }

        private void ReadOrdered()
        {
            if (_next < ordered.Count)
            {
                var (page, upTo) = ordered[_next++];
                Assert.True(log.TryRest(_cursor, page!, out var rest));
                _position = upTo;
                Take(rest, isLive: false);
            }
        }

        private void Take(ScanPage? events, bool isLive)
        {
            Given.AddRange(KeysOf(events));
            var position = FakeScan.Key(_position);
            Sifted.AddRange(KeysOf(_sieve.Sift(new FollowPage(events, position, position, []) { IsLive = isLive }).Events));
        }

        private static IEnumerable<EventKey> KeysOf(ScanPage? events) => events?.Unpack().Select(static e => e.Key) ?? [];
    }
}
