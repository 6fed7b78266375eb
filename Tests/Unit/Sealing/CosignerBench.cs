using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Errors;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Sealing;
using AllData.Simulation.Sealing;
using AllData.Storage.Certificates;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Sealing;

/// <summary>
/// The cosigners of a cluster without its silos: each with a real data directory. What they find out about an interval is in the test's hands; all agree
/// with what is proposed, if it says nothing.
/// </summary>
internal sealed class CosignerBench : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly List<Member> _members = [];
    private readonly HashSet<PeerId> _away = [];
    private long _version = 1;

    /// <param name="peers">How many, at most 6.</param>
    public CosignerBench(int peers)
    {
        for (var i = 0; i < peers; i++)
        {
            _members.Add(new Member(this, PeerId.Parse($"north-{(char)('a' + i)}"), i + 1, Path.Combine(_folder.Path, $"{i + 1}")));
        }

        TellTopology();
    }

    /// <summary>What a peer finds out about an interval; null: what is proposed, and where it looks by itself what <see cref="NextOf"/> says.</summary>
    public Func<PeerId, IntervalCertificate, SealingFacts?> Facts { get; set; } = static (_, _) => null;

    /// <summary>Waited for before a peer answers another one that asks for its signature.</summary>
    public Func<PeerId, Task> Answers { get; set; } = static _ => Task.CompletedTask;

    /// <summary>The clock of those that propose.</summary>
    public FakeTimeProvider Time { get; } = new();

    /// <summary>The cosigners.</summary>
    public IReadOnlyList<Cosigner> Cosigners => [.. _members.Select(static m => m.Cosigner)];

    /// <summary>The alarms of a peer.</summary>
    public SealingAlarms AlarmsOf(int peer) => _members[peer].Alarms;

    /// <summary>What a peer remembers.</summary>
    public Task<SigningMemory> MemoryOf(int peer) => _members[peer].Log.UseAsync(static stored => stored.Memory);

    /// <summary>What a peer has noted of an interval as certified; null: nothing.</summary>
    public async Task<HeldMark?> MarkOf(int peer, Interval interval) =>
        (await _members[peer].Examined.GetMarksAsync()).GetValueOrDefault(interval.FirstMinute.Value);

    /// <summary>Signs a head as a peer, whatever it remembers.</summary>
    public NoteSignature SignAs(int peer, string text) => _members[peer].Log.Sign(text);

    /// <summary>The certificate of an interval as the next entry of a peer's log.</summary>
    public Task<string> NextOf(int peer, Interval interval, long events = 7) =>
        _members[peer].Log.UseAsync(stored => CertificateSample.Certificate(interval, stored.Log.Last, events: events).Text);

    /// <summary>A peer proposes.</summary>
    public HeadProposal ProposalOf(int peer) => new(
        _members[peer].Log, _members[peer].Cosigner, _members[peer].Others, _members[peer], TimeSpan.FromSeconds(30), Time);

    /// <summary>A peer has an entry signed that it believes in.</summary>
    public Task<string?> ProposeAsync(int peer, string text) =>
        ProposalOf(peer).TryAppendAsync(text, CertificateFacts.Of(IntervalCertificate.Parse(text)));

    /// <summary>A peer signs alone: the answer is lost on its way to the sealer.</summary>
    public async Task<CosignReply> SignAloneAsync(int peer, string text)
    {
        var size = await _members[peer].Log.UseAsync(static stored => (long)stored.Log.Size);
        return await _members[peer].CosignAsync(new CosignRequest(size, text, []));
    }

    /// <summary>Peers do not answer any more, or again.</summary>
    public void Away(params int[] peers)
    {
        _away.Clear();
        _away.UnionWith(peers.Select(p => _members[p].Id));
    }

    /// <summary>The silo of a peer is started again.</summary>
    public void Restart(int peer) => Replace(peer, _members[peer].Ordinal, _members[peer].Path);

    /// <summary>A peer gets a new, empty data directory.</summary>
    public void Wipe(int peer)
    {
        Replace(peer, _members.Max(static m => m.Ordinal) + 1, Path.Combine(_folder.Path, Guid.NewGuid().ToString("N")));
        TellTopology();
    }

    public void Dispose()
    {
        _members.ForEach(static m => m.Dispose());
        _folder.Dispose();
    }

    private void Replace(int peer, int ordinal, string path)
    {
        var former = _members[peer];
        former.Dispose();
        _members[peer] = new Member(this, former.Id, ordinal, path) { Former = ordinal == former.Ordinal ? former.Former : [.. former.Former, former.Given] };
        _members[peer].Topologies.Offer(SnapshotNow());
    }

    private void TellTopology()
    {
        _version++;
        _members.ForEach(member => member.Topologies.Offer(SnapshotNow()));
    }

    private TopologySnapshot SnapshotNow() => new()
    {
        Version = _version,
        ClusterId = CertificateSample.Cluster,
        IntervalLength = TimeSpan.FromMinutes(5),
        Peers =
        [
            .. _members.Select(static m => new PeerDescriptor(m.Id, m.Location, PeerStatus.Active, Stores: true, m.Ordinal, m.Given.Directory, "")),
        ],
        Ordinals = [.. _members.SelectMany(static m => m.Former.Append(m.Given)).OrderBy(static o => o.Ordinal)],
    };

    private sealed class Member : ICoordinatingPeer, ICertificateDirectory, ICosigners, IPeerLiveness, IIntervalExamination, IDisposable
    {
        private readonly CosignerBench _bench;
        private readonly DataDirectory _directory;

        public Member(CosignerBench bench, PeerId id, int ordinal, string path)
        {
            (_bench, Id, Ordinal, Path) = (bench, id, ordinal, path);
            _directory = DataDirectory.Open(path, id, TimeProvider.System, NullLogger<DataDirectory>.Instance);
            _directory.BindCluster(CertificateSample.Cluster);
            _directory.BindOrdinal(ordinal);
            Given = new DirectoryOrdinal(ordinal, id, _directory.DirectoryId) { PublicKey = _directory.SigningKey.PublicKey };
            Topologies = new TopologyCache(
                this, this, new NoRegionLinks(), new PeerHealth(id, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)), ConfiguredFederation.None,
                TimeProvider.System, NullLogger<TopologyCache>.Instance);
            Log = new PeerCertificateLog(
                this, this, Topologies, ConfiguredFederation.None, Options.Create(new AllDataOptions()), TaskScheduler.Default,
                NullLogger<PeerCertificateLog>.Instance);
            Others = new OtherCosigners(this, Topologies, this, TimeProvider.System);
            Cosigner = new Cosigner(Log, this, Others, this, Alarms, Examined, NullLogger<Cosigner>.Instance);
        }

        public PeerId Id { get; }

        public int Ordinal { get; }

        public string Path { get; }

        public DirectoryOrdinal Given { get; }

        public ImmutableArray<DirectoryOrdinal> Former { get; init; } = [];

        public TopologyCache Topologies { get; }

        public PeerCertificateLog Log { get; }

        public OtherCosigners Others { get; }

        public Cosigner Cosigner { get; }

        public SimulatedExamined Examined { get; } = new();

        public SealingAlarms Alarms { get; } = new();

        public PeerLocation Location => new("north", Id.Value[^1..]);

        public Guid ClusterId => CertificateSample.Cluster;

        public string? Refusal => null;

        public TimeSpan IntervalLength => TimeSpan.FromMinutes(5);

        public IPeerDirectory Directory => _directory;

        public bool IsOpen => true;

        public bool IsAlive(PeerId peer) => true;

        public IStoredCertificateLog Open(string origin) => StoredCertificateLog.Open(Path, _directory.DirectoryId, origin, CertificateFileSeams.None);

        public NoteSignature Sign(string name, string text) => _directory.SigningKey.Use(key => new NoteSigner(name, key).Sign(text));

        public Task<SealingFacts> RunAsync(Interval interval, bool isReadInDoubt, CancellationToken stop)
        {
            var certificate = CertificateSample.Certificate(interval);
            return Task.FromResult(_bench.Facts(Id, certificate) ?? CertificateFacts.Of(certificate));
        }

        public Task<CosignReply> CosignAsync(CosignRequest request)
        {
            var certificate = IntervalCertificate.Parse(request.Text);
            return Cosigner.CosignAsync(request, _bench.Facts(Id, certificate) ?? CertificateFacts.Of(certificate), CancellationToken.None);
        }

        public ICosigner Of(PeerId peer) => new NearCosigner(_bench, this, peer);

        public void Dispose()
        {
            Log.Dispose();
            _directory.Dispose();
        }
    }

    private sealed class NearCosigner(CosignerBench bench, Member caller, PeerId peer) : ICosigner
    {
        private Member Other => bench._away.Contains(peer) || bench._away.Contains(caller.Id)
            ? throw new PeerNotHostedException(peer)
            : bench._members.Single(m => m.Id == peer);

        public Task<CloseReply> CloseAsync(Interval interval) => throw new NotSupportedException();

        public async Task<LogStanding> GetStandingAsync() => await Other.Cosigner.GetStandingAsync();

        public async Task<CosignReply> CosignAsync(CosignRequest request)
        {
            var other = Other;
            await bench.Answers(peer);
            return await other.CosignAsync(request);
        }

        public async Task<string?> RefuseAsync(long size, TreeHash root) => await Other.Cosigner.RefuseAsync(new RefusedHead(size, root));

        public async Task<long> FollowAsync(PeerId source, string note) =>
            await Other.Cosigner.FollowAsync(note, Other.Others.Of(source).ReadEntriesAsync);

        public Task<ImmutableArray<IntervalMark>> GetHeldAsync() => throw new NotSupportedException();

        public async Task<ImmutableArray<string>> ReadEntriesAsync(long from) => await Other.Cosigner.ReadEntriesAsync(from);

        public Task<SealOutcome> SealAsync(SealOrder order) => throw new NotSupportedException();
    }
}
