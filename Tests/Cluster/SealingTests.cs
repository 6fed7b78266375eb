using System.Security.Cryptography;
using AllData.Certificates;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Protocol.Certificates;
using AllData.Replication;
using AllData.Sealing;
using AllData.Storage.Certificates;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Cluster;

/// <summary>Intervals are sealed in a cluster of real silos and stores whose clock is set ahead.</summary>
public sealed class SealingTests : IAsyncLifetime
{
    private const string First = "north-a";
    private const string Second = "north-b";
    private const string Third = "west-c";

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly ShiftedTime _time = new();
    private AllDataCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await AllDataCluster.StartAsync(
        AllDataCluster.Six[..3],
        (_, options) =>
        {
            options.IntervalLength = Length;
            options.Replication.Factor = 2;
            options.Maintenance.CloseCheck = TimeSpan.FromMilliseconds(200);

            // The clock is set ahead here, which otherwise makes closing wait.
            options.Maintenance.ClockTrust = TimeSpan.FromMilliseconds(1);
        },
        _time);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task An_interval_is_sealed_and_its_root_is_that_of_what_lies_in_the_stores()
    {
        var interval = await FillAsync(40);
        var outcome = await SealedAsync(interval);
        var certificate = IntervalCertificate.Parse(outcome.Certificate!.Text);
        Assert.Equal((CertificateState.Complete, 1, 0L), (certificate.State, certificate.Version, outcome.Certificate.Index));
        Assert.Equal(await CountAsync(interval), (certificate.Content.Events, certificate.Content.Root.ToString()));
        Assert.Equal([First, Second, Third], certificate.Answered.Select(static a => a.Peer.Value).Order(StringComparer.Ordinal));
        await CheckLogAsync(1);

        // The same again says nothing new; another interval is the next entry.
        Assert.Equal(SealStatus.Unchanged, (await SealedAsync(interval)).Status);
        var next = await FillAsync(3);
        await SealedAsync(next);
        await CheckLogAsync(2);
        var listed = await _cluster.Client.GetCertificates().GetSealed(from: null, count: 10);
        Assert.Equal([(interval, 1, 40L), (next, 1, 3L)], listed.Select(static s => (s.Interval, s.Version, s.Events)));
    }

    [Fact]
    public async Task An_interval_that_is_not_over_is_not_sealed()
    {
        await PutAsync(1, at: null);
        var outcome = await SealAsync(Interval.Containing(_time.GetUtcNow().ToUnixTimeMilliseconds(), Length));
        Assert.Equal((SealStatus.NotSealed, null), (outcome.Status, outcome.Certificate));
        Assert.Contains("has not closed the interval", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_peer_away_nothing_is_complete_and_with_it_back_all_is()
    {
        var before = await FillAsync(5);
        await SealedAsync(before);
        var interval = await FillAsync(20);
        await _cluster.KillAsync(Third);

        var waiting = await Eventually.IsAsync(
            "the dead peer is named", () => SealAsync(interval), static o => o.Reason.Contains($"Peer {Third} ", StringComparison.Ordinal), Bound);
        Assert.Equal((SealStatus.NotSealed, null), (waiting.Status, waiting.Certificate));

        // It was not read for that.
        var examination = _cluster.Service<IIntervalExamination>(First);
        Assert.Null((await examination.RunAsync(interval, isReadInDoubt: false, CancellationToken.None)).Content);
        Assert.Equal(20, (await examination.RunAsync(interval, isReadInDoubt: true, CancellationToken.None)).Content?.Events);

        var unknown = await SealedAsync(interval, evenUnknown: true);
        var certificate = IntervalCertificate.Parse(unknown.Certificate!.Text);
        Assert.Equal((CertificateState.Unknown, Third), (certificate.State, Assert.Single(certificate.Doubts).Peer.Value));

        await _cluster.RestartAsync(Third);
        var complete = await Eventually.IsAsync(
            "the interval is sealed again", async () => IntervalCertificate.Parse((await SealAsync(interval)).Certificate!.Text),
            static c => c.Version == 2, Bound);
        Assert.Equal(CertificateState.Complete, complete.State);
        await CheckLogAsync(3);
    }

    [Fact]
    public async Task An_interval_in_which_a_directory_coordinated_that_is_gone_is_unknown_until_that_is_accepted()
    {
        var before = await FillAsync(5);
        await SealedAsync(before);
        var interval = await FillAsync(5, at: First);
        await _cluster.KillAsync(Third);
        Directory.Delete(_cluster.DataDirectoryOf(Third), recursive: true);
        await _cluster.RestartAsync(Third);

        // Nothing that is held shows that the former directory could have coordinated something.
        var waiting = await Eventually.IsAsync(
            "the directory is named", () => SealAsync(interval), static o => o.Reason.Contains("How many blocks directory", StringComparison.Ordinal), Bound);
        Assert.Equal(SealStatus.NotSealed, waiting.Status);
        var accepted = await Eventually.IsAsync(
            "it is accepted", () => SealAsync(interval, accepted: "its disk is gone"), static o => o.Status != SealStatus.NotSealed, Bound);
        var certificate = IntervalCertificate.Parse(accepted.Certificate!.Text);
        Assert.Equal("its disk is gone", Assert.Single(certificate.Coordinators, static c => c.IsEndUnknown).EndAccepted);
        Assert.NotEqual(CertificateState.Unknown, certificate.State);

        // In an interval that it has answered about before it was lost, it is known that it has nothing more.
        Assert.Equal(SealStatus.Unchanged, (await SealedAsync(before)).Status);
        await FillAsync(3);
        Assert.NotEqual(CertificateState.Unknown, IntervalCertificate.Parse((await SealedAsync(await FillAsync(3))).Certificate!.Text).State);
    }

    [Fact]
    public async Task Two_sealers_at_once_give_one_certificate()
    {
        var interval = await FillAsync(10);
        await SealedAsync(await FillAsync(1));
        using var spans = new RecordedSpans(AllDataTelemetry.ServerSource);
        var sealers = new[] { First, Second, Third }.Select(peer => _cluster.Service<Sealer>(peer)).ToList();
        await Task.WhenAll(sealers.Select(sealer => TryAsync(sealer, interval)));
        Assert.Equal(3, spans.Of("alldata.seal").Count(span => Equals(span.GetTagItem("alldata.interval"), $"{interval}")));

        // They may have been in each other's way; one alone finishes what was begun.
        await SealedAsync(interval);
        Assert.Equal(SealStatus.Unchanged, (await SealedAsync(interval)).Status);
        await CheckLogAsync(2);
        Assert.Single((await _cluster.Client.GetCertificates().GetCertificates(interval)).Entries);
    }

    [Fact]
    public async Task A_late_block_gives_a_second_version_and_an_alarm()
    {
        var interval = await FillAsync(10);
        await SealedAsync(interval);
        var first = (await _cluster.Client.GetCertificates().GetCertificates(interval)).Entries[0];

        var late = TestBlocks.Form(
            TestBlocks.NewId(), given: true, [(EventKey.FirstAt(interval.StartUnixMilliseconds + 7), """{"late":1}""")],
            _cluster.Service<HostedPeer>(First).ClusterId, copies: 2, 1, 2);
        await RestoreEverywhereAsync(late);
        var outcome = await SealedAsync(interval, evenUnknown: true);
        var second = IntervalCertificate.Parse(outcome.Certificate!.Text);
        Assert.Equal((2, 11L), (second.Version, second.Content.Events));
        Assert.Equal(await CountAsync(interval), (second.Content.Events, second.Content.Root.ToString()));
        var versions = await _cluster.Client.GetCertificates().GetCertificates(interval);
        Assert.Equal([first.Text, outcome.Certificate.Text], versions.Entries.Select(static e => e.Text));
        Assert.Contains(
            new[] { First, Second, Third }.SelectMany(peer => _cluster.Service<SealingAlarms>(peer).Conditions),
            static c => c.Code == "late-blocks-in-sealed-interval");
    }

    [Fact]
    public async Task An_older_state_of_the_log_is_refused_and_catches_up()
    {
        var first = await FillAsync(2);
        await SealedAsync(first);
        await _cluster.KillAsync(Third);
        var folder = Path.Combine(_cluster.DataDirectoryOf(Third), StoredCertificateLog.Folder);
        var backup = Directory.GetFiles(folder).ToDictionary(static f => f, File.ReadAllBytes);
        await _cluster.RestartAsync(Third);
        var second = await FillAsync(2);
        await SealedAsync(second);
        await CheckLogAsync(2);

        await _cluster.KillAsync(Third);
        foreach (var (file, content) in backup)
        {
            File.WriteAllBytes(file, content);
        }

        await _cluster.RestartAsync(Third);
        var restored = _cluster.Service<Cosigner>(Third);
        Assert.Equal(1, (await restored.GetStandingAsync()).Size);

        // What the restored peer would continue, the others do not sign.
        var draft = IntervalCertificate.Parse((await _cluster.Service<Cosigner>(First).ReadEntriesAsync(1))[0]);
        var other = (draft with { Time = draft.Time.AddSeconds(1) }).Text;
        var reply = await _cluster.Service<Cosigner>(First).CosignAsync(new CosignRequest(1, other, []), known: null, CancellationToken.None);
        Assert.Equal((CosignOutcome.NotNow, ""), (reply.Outcome, reply.Signature));

        // It takes over what it has forgotten, finds its own signature there, and asks before it signs again.
        var third = await FillAsync(2);
        await SealedAsync(third);
        await CheckLogAsync(3);
    }

    private static async Task TryAsync(Sealer sealer, Interval interval)
    {
        try
        {
            await sealer.SealAsync(new SealOrder(interval));
        }
        catch (CertificateException)
        {
            // A peer has answered late.
        }
    }

    private async Task<Interval> FillAsync(int events, string? at = null)
    {
        var key = default(EventKey);
        for (var i = 0; i < events; i++)
        {
            key = (await PutAsync(i, at)).Key;
        }

        var interval = Interval.Containing(key.UnixMilliseconds, Length);
        _time.Advance(4 * Length);
        await Eventually.Holds(
            "waiting until every silo takes the interval to be over", Bound,
            () => new[] { First, Second, Third }.All(peer => IsDead(peer) || _cluster.Service<ClusterClock>(peer).WhyNotOver(interval) is null),
            () => "not over");
        return interval;
    }

    private bool IsDead(string peer)
    {
        try
        {
            return _cluster.Service<HostedPeer>(peer).IsStopping;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private Task<PutReceipt> PutAsync(int number, string? at) => (at is null ? _cluster.Client.GetPutCoordinator() : _cluster.CoordinatorOn(at)).Put(
        EventPayload.FromText($"{{\"n\":{number}}}"), new PutOptions { Level = CommitLevel.All });

    // A peer that answers late, or has just been killed, is no answer: the order is given again.
    private async Task<SealOutcome> SealAsync(Interval interval, bool evenUnknown = false, string? accepted = null)
    {
        var outcome = default(SealOutcome);
        await Eventually.Succeeds("an order to seal is carried out", Bound, async () =>
            outcome = await _cluster.Client.GetCertificates().Seal(new SealOrder(interval, accepted, evenUnknown)));
        return outcome!;
    }

    // What one attempt has begun another one may finish: then nothing is left to be said.
    private Task<SealOutcome> SealedAsync(Interval interval, bool evenUnknown = false) => Eventually.IsAsync(
        $"interval {interval} is sealed", () => SealAsync(interval, evenUnknown), static outcome => outcome.Status != SealStatus.NotSealed, Bound);

    private Task<(long Events, string Root)> CountAsync(Interval interval) => IndependentCount.OfAsync(
        new[] { First, Second, Third }.Select(peer => _cluster.Service<HostedPeer>(peer).Store!), interval);

    private async Task CheckLogAsync(int size)
    {
        await Eventually.IsAsync(
            "every peer has the log", async () => (await Task.WhenAll(new[] { First, Second, Third }.Select(
                peer => _cluster.Service<Cosigner>(peer).GetStandingAsync()))).Select(static s => s.Size).ToList(), sizes => sizes.All(s => s == size));
        var log = await _cluster.Client.GetCertificates().GetEntries(0, size + 1);
        Assert.Equal((size, (long)size), (log.Entries.Length, log.Head.Size));
        var trust = LogSigners.TrustOf(log.Head.Cluster, await _cluster.Client.GetPeerRegistry().GetTopology(), minZones: 1, out _)!;
        Assert.Empty(CertificateLogCheck.FaultsOf([.. log.Entries.Select(static e => e.Text)], SignedCheckpoint.Parse(log.Head.Note), trust));
    }

    private async Task RestoreEverywhereAsync(Block block)
    {
        foreach (var peer in new[] { First, Second, Third })
        {
            var store = _cluster.Service<HostedPeer>(peer).Store!;
            Assert.Equal(AppendStatus.Stored, (await store.RestoreAsync(block)).Status);
        }
    }
}
