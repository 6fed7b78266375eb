using System.Globalization;
using AllData.Client.Bench;
using AllData.Client.Connection;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// Three clusters of two silos beside one cluster of six, both up on this machine, and one of them under load at a time, in turn. The load is the same on
/// both: three clients, each connected to the two silos of one region.
/// </summary>
internal sealed class RegionsThroughput(RunLog log, string[] args)
{
    private const double Goal = 0.8;
    private const int EventBytes = 200;

    private static readonly TimeSpan BeforeEachRun = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _length = RegionsRun.SecondsOf(args, "--seconds", 5);
    private readonly int _rounds = LoadedCluster.Number(args, "--rounds", 7);
    private readonly RegionsVerdict _verdict = new("throughput");

    /// <summary>Runs it; 1 when the goal was not reached.</summary>
    public async Task<int> RunAsync()
    {
        await using var one = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers);
        await using var several = await FederatedProcesses.StartAsync(isDirect: true);
        await using var ofOne = await MeasuredStore.ConnectAsync("one cluster", one.Layout);
        await using var ofSeveral = await MeasuredStore.ConnectAsync("three clusters", several.Layout);
        MeasuredStore[] stores = [ofOne, ofSeveral];
        foreach (var store in stores)
        {
            foreach (var load in store.Loads)
            {
                await WarmUp.UntilSteadyAsync(() => RateAsync(load, _length));
            }
        }

        for (var round = 0; round < _rounds; round++)
        {
            await MeasureRoundAsync(round % 2 == 0 ? stores : [ofSeveral, ofOne], round);
        }

        Judge(ofOne, ofSeveral);
        return _verdict.Print(log);
    }

    private async Task MeasureRoundAsync(MeasuredStore[] stores, int round)
    {
        for (var i = 0; i < stores[0].Loads.Count; i++)
        {
            foreach (var store in stores)
            {
                var load = store.Loads[i];
                await RateAsync(load, BeforeEachRun);
                var rate = await RateAsync(load, _length);
                load.Rates.Add(rate);
                log.Say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}, {load.Name}, {store.Name}: {rate:N0} events/s"));
            }
        }
    }

    private static async Task<double> RateAsync(MeasuredLoad load, TimeSpan length)
    {
        var record = new RunRecord(new NumberedEvents(EventBytes, new Random(1)));
        var began = TimeProvider.System.GetTimestamp();
        await new ClosedLoop(load.Ways, record, TimeProvider.System).RunAsync(load.InFlight, length, CancellationToken.None);
        load.Failed += record.Errors.Values.Sum();
        return record.Acknowledged / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    private void Judge(MeasuredStore one, MeasuredStore several)
    {
        foreach (var (before, now) in one.Loads.Zip(several.Loads))
        {
            var ratio = now.Median / before.Median;
            _verdict.Judge($"{now.Name}: three clusters at least 0.8 of one", ratio >= Goal && before.Failed + now.Failed == 0,
                string.Create(CultureInfo.InvariantCulture,
                    $"{now.Median:N0} and {before.Median:N0} events/s (medians of {_rounds}), {ratio:0.00}; {before.Failed + now.Failed} failed"));
            _verdict.Note(now.Name, new { One = before.Rates, Several = now.Rates, Ratio = ratio });
        }
    }

    /// <summary>A store under measurement: three clients, and an HTTP connection to each silo.</summary>
    private sealed class MeasuredStore(string name, List<IClusterConnection> connections, List<ClientWay> clients, List<MeasuredLoad> loads) : IAsyncDisposable
    {
        private const int Batch = 64;
        private const int Lines = 1_000;

        public string Name => name;

        public IReadOnlyList<MeasuredLoad> Loads => loads;

        public static async Task<MeasuredStore> ConnectAsync(string name, LocalClusterLayout layout)
        {
            var connections = new List<IClusterConnection>();
            foreach (var region in layout.Peers.GroupBy(static peer => peer.Location.Region))
            {
                connections.Add(await StoreClients.ConnectAsync(region));
            }

            var clients = connections.ConvertAll(static c => new ClientWay(c.Grains, null, TimeProvider.System));
            return new MeasuredStore(name, connections, clients,
            [
                new MeasuredLoad("client-single", 510, [.. clients.Select(static client => new PutLoad(client, 1))]),
                new MeasuredLoad("batch", 63, [.. connections.Select(static c => new PutLoad(new GrainWay(c.Grains, null), Batch))]),
                new MeasuredLoad("ndjson", layout.Peers.Length,
                    [.. layout.Peers.Select(static peer => new HttpLoad(new HttpTerms(peer.HttpAddress, Lines, IsCompressed: false), TimeProvider.System))]),
            ]);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var way in loads.SelectMany(static load => load.Ways).OfType<IDisposable>())
            {
                way.Dispose();
            }

            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }

            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>One way of putting, and its rates so far.</summary>
    private sealed class MeasuredLoad(string name, int inFlight, ILoad[] ways)
    {
        public string Name => name;

        public int InFlight => inFlight;

        public ILoad[] Ways => ways;

        public List<double> Rates { get; } = [];

        public long Failed { get; set; }

        public double Median => Rates.Order().ElementAt(Rates.Count / 2);
    }
}
