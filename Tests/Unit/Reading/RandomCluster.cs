using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

/// <summary>Some peers that hold some blocks, some of them damaged; some peers fail now and then.</summary>
internal sealed class RandomCluster : IAsyncDisposable
{
    private const int Minutes = 6;

    private readonly List<(Block Block, FakePeer[] Holders)> _blocks = [];
    private readonly Random _random;
    private ScanBench _bench = null!;

    private RandomCluster(Random random) => _random = random;

    public static async Task<RandomCluster> StartAsync(Random random)
    {
        var world = new RandomCluster(random);
        var peers = Enumerable.Range(0, random.Next(1, 5)).Select(i => new FakePeer($"p{i}")).ToArray();
        world.Fill(peers);
        foreach (var peer in peers)
        {
            world.Trouble(peer);
        }

        world._bench = await ScanBench.StartAsync(peers);
        return world;
    }

    /// <summary>Scans a range and compares it with what is held.</summary>
    public async Task CheckAsync(int seed)
    {
        var (from, to) = (RandomKey(), RandomKey());
        var run = await _bench.ScanAsync(new ScanRange { From = from, To = to });
        Assert.True(run.Events.Zip(run.Events.Skip(1)).All(static e => e.First.Key < e.Second.Key), $"Seed {seed}: not in order, or twice.");
        var given = run.Events.Select(static e => e.Key).ToHashSet();
        foreach (var (block, holders) in _blocks)
        {
            foreach (var key in KeysOf(block).Where(k => k >= from && k < to && !given.Contains(k)))
            {
                Assert.True(holders.All(h => run.Doubts.Any(d => d.Peer == h.Id && d.From <= key && key < d.To)),
                    $"Seed {seed}: {key} is missing, and not every holder is named.");
            }
        }
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private void Fill(FakePeer[] peers)
    {
        for (var i = 0; i < _random.Next(1, 40); i++)
        {
            var holders = peers.OrderBy(_ => _random.Next()).Take(_random.Next(1, peers.Length + 1)).ToArray();
            var minute = _random.Next(Minutes) * 60_000;
            var events = Enumerable.Range(0, _random.Next(1, 6)).Select(_ => TestBlocks.Key(minute + _random.Next(30))).Distinct();
            var block = TestBlocks.Form(
                TestBlocks.NewId(), given: false, [.. events.Select(static k => (k, $"event {k}"))], copyset: [_random.Next(1, 4), 9]);
            _blocks.Add((block, holders));
            Array.ForEach(holders, h => h.Hold(block));
        }
    }

    private void Trouble(FakePeer peer)
    {
        peer.PageBlocks = _random.Next(1, 4);
        peer.MinutesAtOnce = _random.Next(1, 2 * Minutes);
        if (_random.Next(3) == 0)
        {
            peer.Damaged.UnionWith(_blocks.Where(_ => _random.Next(6) == 0).Select(static b => b.Block.Header.Id));
        }

        if (_random.Next(3) == 0)
        {
            peer.BeforePage = _ => _random.Next(8) == 0 ? throw new InvalidOperationException("The disk is gone.") : Task.CompletedTask;
        }
    }

    private EventKey RandomKey() => TestBlocks.Key((_random.Next(Minutes + 1) * 60_000) + _random.Next(2) * _random.Next(30));

    private static List<EventKey> KeysOf(Block block)
    {
        var keys = new List<EventKey>();
        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            keys.Add(reader.Current.Key);
        }

        return keys;
    }
}
