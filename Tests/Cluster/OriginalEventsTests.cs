using System.Globalization;
using System.Net;
using System.Text;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Replication;
using AllData.Silo.Http.Original;
using AllData.Storage.Opening;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Cluster;

/// <summary>A silo as the peer of original nodes: what they put to its port is durable at its own peer, and is read as every event is.</summary>
public sealed class OriginalEventsTests
{
    private static readonly PeerSpec[] Two = [new("north-a", "north", "a"), new("north-b", "north", "b")];
    private static readonly PeerId NorthA = PeerId.Parse("north-a");
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_event_is_kept_at_the_own_peer_alone_once_and_repair_finds_nothing_missing()
    {
        await using var cluster = await StartAsync();
        await using var port = await OriginalPort.StartAsync(cluster);
        var key = KeyOf(DateTimeOffset.UtcNow, "508858176");

        Assert.Equal(HttpStatusCode.Created, await port.PutAsync(key, """{ "a":1 }"""));
        Assert.Equal(HttpStatusCode.Created, await port.PutAsync(key, """{ "a":1 }"""));

        var read = await cluster.CoordinatorReadAsync("north-b", EventKey.Parse(key));
        Assert.Equal("""{ "a":1 }""", Assert.Single(read.Events).Payload.ToString());
        Assert.Equal([NorthA], read.Events[0].Holders.AsEnumerable());
        var counts = await Eventually.IsAsync("waiting until the event is counted", () => CountsAsync(cluster), static c => c.Count > 0, Bound);
        Assert.Equal((Adherence.Strict, 1, 1, 1L), counts.Select(static c => (c.Adherence, c.Copies, c.CopiesAsked, c.Blocks)).Single());
        Assert.Equal(0, (await cluster.Client.GetReplica(PeerId.Parse("north-b")).GetReport()).Blocks);
    }

    [Fact]
    public async Task A_second_event_under_a_key_is_kept_beside_the_first()
    {
        await using var cluster = await StartAsync();
        await using var port = await OriginalPort.StartAsync(cluster);
        var key = KeyOf(DateTimeOffset.UtcNow, "000000042");

        var answers = await Task.WhenAll(port.PutAsync(key, "1"), port.PutAsync(key, "2"), port.PutAsync(key, "1"), port.PutAsync(key, "2"));

        Assert.All(answers, static status => Assert.Equal(HttpStatusCode.Created, status));
        var read = await cluster.CoordinatorReadAsync("north-b", EventKey.Parse(key));
        Assert.Equal(["1", "2"], read.Events.Select(static e => e.Payload.ToString()).Order());
        Assert.Equal(2, (await cluster.Client.GetReplica(NorthA).GetReport()).Blocks);
    }

    [Fact]
    public async Task A_key_of_the_own_ordinals_range_is_a_key_like_any_other()
    {
        await using var cluster = await StartAsync();
        await using var port = await OriginalPort.StartAsync(cluster);
        var receipt = await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("\"ours\""));
        var ahead = EventKey.Create(receipt.Key.UnixMilliseconds + 60_000, receipt.Key.Ordinal, 0);

        Assert.Equal(HttpStatusCode.Created, await port.PutAsync(ahead.ToString(), "\"theirs\""));
        Assert.Equal(HttpStatusCode.Created, await port.PutAsync(receipt.Key.ToString(), "\"theirs\""));

        var read = await cluster.CoordinatorReadAsync("north-b", receipt.Key);
        Assert.Equal(["\"ours\"", "\"theirs\""], read.Events.Select(static e => e.Payload.ToString()).Order());
    }

    [Fact]
    public async Task What_the_peer_could_not_hand_on_is_answered_500()
    {
        await using var cluster = await StartAsync();
        await using var port = await OriginalPort.StartAsync(cluster);
        var now = DateTimeOffset.UtcNow;
        Assert.Equal(HttpStatusCode.InternalServerError, await port.PutAsync(KeyOf(now.AddDays(3), "000000001"), "1"));

        var old = KeyOf(now.AddDays(-5), "000000001");
        Assert.Equal(HttpStatusCode.Created, await port.PutAsync(old, "1"));
        var closed = Interval.Containing(EventKey.Parse(old).UnixMilliseconds, TimeSpan.FromDays(1));
        Assert.NotNull(await cluster.Service<HostedPeer>("north-a").Store!.CloseIntervalAsync(closed, CancellationToken.None));
        Assert.Equal(HttpStatusCode.InternalServerError, await port.PutAsync(KeyOf(now.AddDays(-5), "000000002"), "1"));
        Assert.Equal(HttpStatusCode.Created, await port.PutAsync(old, "1"));

        await cluster.AwaitTopologyAsync(await cluster.Client.GetPeerRegistry().Drain(NorthA));
        Assert.Equal(HttpStatusCode.InternalServerError, await port.PutAsync(KeyOf(now, "000000001"), "1"));
    }

    [Fact]
    public async Task With_a_full_disk_an_event_is_answered_500_and_one_that_is_held_201()
    {
        using var disk = new FaultyVfs();
        var seams = new StorageSeams { Sqlite = new SqliteSeams { Vfs = disk.Name } };
        await using var cluster = await StartAsync(seams: spec => spec.Id == "north-a" ? seams : StorageSeams.None);
        await using var port = await OriginalPort.StartAsync(cluster);
        var key = KeyOf(DateTimeOffset.UtcNow, "000000001");
        Assert.Equal(HttpStatusCode.Created, await port.PutAsync(key, "1"));

        disk.WriteFault = FaultyVfs.DiskFull;

        Assert.Equal(HttpStatusCode.InternalServerError, await port.PutAsync(KeyOf(DateTimeOffset.UtcNow, "000000002"), "1"));
        Assert.Equal(HttpStatusCode.Created, await port.PutAsync(key, "1"));
    }

    private static Task<AllDataCluster> StartAsync(Func<PeerSpec, StorageSeams>? seams = null) => AllDataCluster.StartAsync(
        Two, static (_, o) => (o.Repair.Round, o.Repair.Settle) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500)), seams: seams);

    private static string KeyOf(DateTimeOffset time, string nanoseconds) =>
        time.UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture) + nanoseconds;

    private static async Task<List<CopyCount>> CountsAsync(AllDataCluster cluster)
    {
        var counts = new List<CopyCount>();
        await foreach (var page in cluster.Client.GetClusterAudit().Audit(new AuditRange(To: EventKey.MaxValue)))
        {
            counts.AddRange(page.Counts);
        }

        return counts;
    }

    /// <summary>The port of north-a.</summary>
    private sealed class OriginalPort : IAsyncDisposable
    {
        private readonly OriginalListener _listener;
        private readonly HttpClient _http = new();

        private OriginalPort(OriginalListener listener) => _listener = listener;

        public static async Task<OriginalPort> StartAsync(AllDataCluster cluster)
        {
            var options = new AllDataOptions();
            options.Peers.Original.Port = 0;
            var listener = new OriginalListener(
                cluster.Service<OriginalEventIntake>("north-a").KeepAsync, options, TimeProvider.System, cluster.Service<ILoggerFactory>("north-a"));
            await listener.StartAsync(CancellationToken.None);
            return new OriginalPort(listener);
        }

        public async Task<HttpStatusCode> PutAsync(string key, string payload)
        {
            using var body = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","event":{{payload}}}"""));
            using var answer = await _http.PostAsync(_listener.Address, body);
            return answer.StatusCode;
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _listener.StopAsync(new CancellationToken(canceled: true));
            await _listener.DisposeAsync();
        }
    }
}
