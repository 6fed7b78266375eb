using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Errors;
using AllData.Events;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Remote;
using AllData.Remote.Http.Messages;
using AllData.Remote.Http.Serving;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Unit.Remote;

/// <summary>The call that one cluster makes to another: its bytes, and the way over a real connection.</summary>
public sealed class ClusterCallTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TopologySnapshot Good = PeerMessageSamples.Topology;

    public static TheoryData<string, string> Nonsense() => new()
    {
        { "ordinal 0", "0 is no ordinal" },
        { "ordinal 10000", "10000 is no ordinal" },
        { "peers twice", "The peers are not in ascending order" },
        { "peers backwards", "The peers are not in ascending order" },
        { "ordinals twice", "The ordinals are not in ascending order" },
        { "one ordinal", "Two peers of a topology have one ordinal" },
        { "region", "is not a region" },
        { "zone", "is not a zone" },
        { "name", "are no peer name" },
        { "length", "7200000 ms is no length of an interval" },
        { "version", "is no version of a topology" },
        { "negative", "-1 is no version of a topology" },
        { "hosted", "The hosted peers are not in ascending order" },
        { "many", "A list of 10000 values" },
        { "candidate", "20000 is no ordinal" },
        { "status", "9 is none of 0 to 3" },
        { "document", "version 1 or higher" },
        { "cluster", "16 is none of 0 to 15" },
        { "digest", "is no digest of a federation document" },
        { "dropped region", "is not a region" },
        { "dropping document", "version 1 or higher" },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void What_no_registry_would_say_is_refused_when_it_is_read(string what, string sentence) => Assert.Contains(
        sentence, Assert.Throws<PeerProtocolException>(() => ClusterCalls.Report.ReadAnswer(ClusterCalls.Report.WriteAnswer(Spoil(what)))).Message);

    [Fact]
    public void A_put_only_peer_arrives_as_one_and_how_it_is_reached_does_not()
    {
        var old = Good.Peers[0] with { Id = PeerId.Parse("old-1"), Stores = false, Ordinal = 3, Client = "alldata-http", Address = "http://10.0.0.9/" };
        var report = Report(Good with { Peers = [.. Good.Peers, old, old with { Id = PeerId.Parse("old-2"), Ordinal = 4, Client = null }] });

        var read = ClusterCalls.Report.ReadAnswer(ClusterCalls.Report.WriteAnswer(report)).Topology!.Peers;

        Assert.Equal([(true, false), (false, true), (false, false)], read.Select(static p => (p.Stores, p.IsPutOnly)));
        Assert.True(string.IsNullOrEmpty(read[1].Address));
    }

    [Theory]
    [InlineData("1-3  600")]
    [InlineData("600 1-3")]
    [InlineData("1-2 3")]
    [InlineData("0-3")]
    [InlineData("9999-10000")]
    [InlineData("x")]
    public void Ordinals_that_were_seen_have_one_form(string text)
    {
        var writer = new PeerMessageWriter();
        writer.Byte(0);
        writer.Count(1);
        writer.Number(0);
        writer.Flag(false);
        writer.Count(0);
        writer.Text(text);

        Assert.Contains("are no ordinals", Assert.Throws<PeerProtocolException>(
            () => ClusterCalls.Report.ReadAnswer(new PeerMessage(writer.Written, []))).Message);
    }

    [Fact]
    public void What_a_registry_says_comes_back_but_for_the_addresses_for_people()
    {
        var topology = Good with { Peers = [Good.Peers[0] with { Endpoint = "http://10.0.0.5:8081" }] };
        var report = ClusterCalls.Report.ReadAnswer(ClusterCalls.Report.WriteAnswer(Report(topology)));

        Assert.True(SnapshotContent.AreEqual(Good, report.Topology!));
        Assert.Equal((0, 4, 42L, 42L), (report.Cluster, report.DocumentVersion, report.TopologyVersion, report.Topology!.Version));
        Assert.Equal("1-3 600", $"{report.Seen}");
    }

    [Fact]
    public async Task A_cluster_is_asked_at_the_first_endpoint_that_answers()
    {
        var host = new Host();
        await using var port = await PeerPort.StartAsync(cluster: host);
        using var client = PeerPort.Client();
        var question = new ClusterQuestion(1, 3, 41, IsConfirmed: true);
        var report = await client.Connect(Cluster("http://127.0.0.1:9", port.Address)).AskAsync(question, Deadline, CancellationToken.None);

        Assert.Equal(question, host.Asked);
        Assert.True(SnapshotContent.AreEqual(Good, report.Topology!));
        Assert.Empty(port.Log.Alarms);
    }

    [Fact]
    public async Task A_silo_of_an_earlier_version_is_asked_as_it_understands()
    {
        var host = new Host { RefusesDigest = true };
        await using var port = await PeerPort.StartAsync(cluster: host);
        using var client = PeerPort.Client();
        var question = new ClusterQuestion(1, 3, 41) { DocumentDigest = FederationSample.Document().Digest };
        var report = await AskAsync(client.Connect(Cluster(port.Address)), question);

        Assert.Equal(question with { DocumentDigest = "" }, host.Asked);
        Assert.Equal(("", true), (report.DocumentDigest, report.Drops.IsEmpty));
    }

    [Fact]
    public async Task A_cluster_that_refuses_or_is_a_store_of_its_own_says_so()
    {
        await using var port = await PeerPort.StartAsync(cluster: new Host { Refusal = new InvalidValueException("Cluster 1 is not in version 4.") });
        await using var stays = await PeerPort.StartAsync(cluster: new Host { Refusal = new ClusterDroppedException("It was dropped.", 4) });
        await using var alone = await PeerPort.StartAsync();
        using var client = PeerPort.Client();
        using var stranger = PeerPort.Client(store: Guid.Parse("00000000-0000-4000-8000-00000000000f"));
        var question = new ClusterQuestion(1, 3, 41);

        Assert.Equal(
            $"Cluster 'west' (1) at {new Uri(port.Address).Authority}: Cluster 1 is not in version 4.",
            (await Assert.ThrowsAsync<InvalidValueException>(() => AskAsync(client.Connect(Cluster(port.Address)), question))).Message);
        var dropped = await Assert.ThrowsAsync<ClusterDroppedException>(() => AskAsync(client.Connect(Cluster(stays.Address)), question));
        Assert.Equal(
            ($"Cluster 'west' (1) at {new Uri(stays.Address).Authority}: It was dropped.", 4, WrittenState.Nothing),
            (dropped.Message, dropped.DocumentVersion, dropped.Written));
        Assert.Contains("is a store of its own", (await Assert.ThrowsAsync<PeerProtocolException>(
            () => AskAsync(client.Connect(Cluster(alone.Address)), question))).Message);
        await Assert.ThrowsAsync<OtherStoreException>(() => AskAsync(stranger.Connect(Cluster(port.Address)), question));
        Assert.Throws<FormatException>(() => client.Connect(Cluster("https://127.0.0.1:9")));
    }

    [Fact]
    public async Task The_certificates_of_another_cluster_arrive_as_they_are()
    {
        var host = new Host();
        await using var port = await PeerPort.StartAsync(cluster: host);
        using var client = PeerPort.Client();
        var question = new SealedQuestion(EventKey.FirstAt(1_767_614_400_000), 1_000);

        var certified = await client.Connect(Cluster(port.Address)).GetSealedAsync(question, Deadline, CancellationToken.None);

        Assert.Equal(question, host.AskedSealed);
        Assert.Equal(PeerMessageSamples.Certified.AsEnumerable(), certified);
        await using var alone = await PeerPort.StartAsync();
        await Assert.ThrowsAsync<PeerProtocolException>(
            () => client.Connect(Cluster(alone.Address)).GetSealedAsync(question, Deadline, CancellationToken.None));
    }

    [Theory]
    [InlineData("0123", 2)]
    [InlineData("ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789", 2)]
    [InlineData("abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789", 3)]
    public void A_certificate_with_another_form_of_root_or_another_state_is_refused_when_it_is_read(string root, byte state)
    {
        var writer = new PeerMessageWriter();
        writer.List([0], (w, _) =>
        {
            w.Number(1_767_614_400_000);
            w.Number(86_400_000);
            w.Count(1);
            w.Byte(state);
            w.Number(1);
            w.Number(0);
            w.Text(root);
            w.Number(0);
            w.Text(new string(' ', 64));
        });
        Assert.Throws<PeerProtocolException>(() => ClusterCalls.Sealed.ReadAnswer(new PeerMessage(writer.Written, [])));
    }

    private static Task<ClusterReport> AskAsync(IClusterCaller caller, ClusterQuestion question) => caller.AskAsync(question, Deadline, CancellationToken.None);

    private static FederationCluster Cluster(params string[] peers) => FederationSample.Document().Clusters[1] with { Peers = [.. peers] };

    private static ClusterReport Report(TopologySnapshot topology) =>
        new(0, 4, topology.Version, topology, [PeerId.Parse("north-a")], SeenOrdinals.Of([1, 2, 3, 600]));

    private static ClusterReport Spoil(string what)
    {
        var (peer, given) = (Good.Peers[0], Good.Ordinals[0]);
        var said = Report(Good) with { DocumentDigest = FederationSample.Document().Digest };
        return what switch
        {
            "digest" => said with { DocumentDigest = "5B0CC8A4" },
            "dropped region" => said with { Drops = [new RegionWord(1, "we\u001bst", 2)] },
            "dropping document" => said with { Drops = [new RegionWord(1, "west", 0)] },
            "ordinal 0" => Report(Good with { Peers = [peer with { Ordinal = 0 }] }),
            "ordinal 10000" => Report(Good with { Ordinals = [given with { Ordinal = 10_000 }] }),
            "peers twice" => Report(Good with { Peers = [peer, peer] }),
            "peers backwards" => Report(Good with { Peers = [peer, peer with { Id = PeerId.Parse("a"), Ordinal = 1 }] }),
            "ordinals twice" => Report(Good with { Ordinals = [given, given] }),
            "one ordinal" => Report(Good with { Peers = [peer, peer with { Id = PeerId.Parse("z") }] }),
            "region" => Report(Good with { Peers = [peer with { Location = new PeerLocation("a\u202Eb", "a") }] }),
            "zone" => Report(Good with { Peers = [peer with { Location = new PeerLocation("a", " b") }] }),
            "name" => Report(Good with { Peers = [peer with { Id = default }] }),
            "length" => Report(Good with { IntervalLength = TimeSpan.FromHours(2) }),
            "version" => Report(Good with { Version = long.MaxValue }),
            "negative" => Report(Good with { Version = -1 }),
            "hosted" => Report(Good) with { Hosted = [peer.Id, peer.Id] },
            "many" => Report(Good) with { Hosted = [.. Enumerable.Range(10_000, 10_000).Select(static i => PeerId.Parse($"p{i}"))] },
            "candidate" => Report(Good with { Replacements = [Good.Replacements[0] with { Candidates = [new ReplacementCandidate(20_000, default)] }] }),
            "status" => Report(Good with { Peers = [peer with { Status = (PeerStatus)9 }] }),
            "document" => Report(Good) with { DocumentVersion = 0 },
            _ => Report(Good) with { Cluster = 16 },
        };
    }

    /// <summary>What a silo says of its cluster.</summary>
    internal sealed class Host : IClusterHost
    {
        public Exception? Refusal { get; init; }

        public bool RefusesDigest { get; init; }

        public ClusterQuestion Asked { get; private set; }

        public SealedQuestion AskedSealed { get; private set; }

        public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(SealedQuestion question)
        {
            AskedSealed = question;
            return Task.FromResult(PeerMessageSamples.Certified);
        }

        public Task<ClusterReport> AnswerAsync(ClusterQuestion question)
        {
            Asked = RefusesDigest && question.DocumentDigest.Length > 0
                ? throw new PeerProtocolException("33 bytes behind the last field of a head.")
                : question;
            return Refusal is null ? Task.FromResult(Report(Good)) : throw Refusal;
        }
    }
}
