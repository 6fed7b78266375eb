using System.Collections.Frozen;
using AllData.Configuration;
using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Reports;

namespace AllData.Links;

/// <summary>The link to one other cluster: what this silo knows of the way to it, and what that cluster has said of itself. Safe for several threads.</summary>
internal sealed class ClusterLink
{
    private readonly Lock _gate = new();
    private readonly LinkMonitor _monitor;
    private readonly TimeProvider _time;
    private volatile Standing _standing;
    private volatile FrozenSet<PeerId> _hosted = FrozenSet<PeerId>.Empty;
    private volatile Heard _document = new(0, "");
    private volatile IReadOnlyList<RegionWord> _drops = [];
    private volatile TopologySnapshot? _topology;
    private volatile string? _refusal;
    private volatile ClusterDrop? _dropped;

    public ClusterLink(FederationCluster cluster, TimeProvider time)
    {
        (Cluster, _time) = (cluster, time);
        _monitor = new LinkMonitor(time.GetMonotonicMilliseconds());
        var now = time.GetUtcNow();
        _standing = new Standing(_monitor.State, now, now, IsTried: false);
    }

    /// <summary>The cluster, as the federation document has it.</summary>
    public FederationCluster Cluster { get; }

    /// <summary>What is known of the way.</summary>
    public LinkState State => _standing.State;

    /// <summary>Since when it is in its state, wall clock.</summary>
    public DateTimeOffset Since => _standing.Since;

    /// <summary>Since when puts have not gone there, wall clock; of no meaning while they do.</summary>
    public DateTimeOffset CutOffSince => _standing.CutOffSince;

    /// <summary>Whether puts plan with the cluster.</summary>
    public bool CarriesPuts => _standing.State is LinkState.Up or LinkState.Doubtful;

    /// <summary>Whether a first question was answered, or missed, since this silo started: until then the state says nothing.</summary>
    public bool IsTried => _standing.IsTried;

    /// <summary>How long to wait for the next answer.</summary>
    public TimeSpan Deadline
    {
        get
        {
            lock (_gate)
            {
                return TimeSpan.FromMilliseconds(_monitor.Deadline);
            }
        }
    }

    /// <summary>What its registry has said last; null when nothing is known of it.</summary>
    public TopologySnapshot? Topology
    {
        get => _topology;
        set => _topology = value;
    }

    /// <summary>Why its last word was not taken over: a sentence; null when it was.</summary>
    public string? Refusal
    {
        get => _refusal;
        set => _refusal = value;
    }

    /// <summary>
    /// Its word that this silo's cluster was dropped from the store; null while it has not said so. It stays, whatever another of its silos answers: they get
    /// the document one after the other, and a drop is never taken back.
    /// </summary>
    public ClusterDrop? Dropped => _dropped;

    /// <summary>Whether it goes on with this silo's cluster, or may: it has not dropped it, and is not silent.</summary>
    public bool MayGoOn => _dropped is null && (!IsTried || State != LinkState.CutOff);

    /// <summary>Why the last question was not answered: a sentence with the address that was tried; null while none was missed.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>Since when all its answers have had an older topology than is known, as a timestamp; null while the last one had not.</summary>
    public long? BehindSince { get; set; }

    /// <summary>The highest version of the federation document that it was heard to use; 0 while nothing was heard.</summary>
    public int DocumentVersion => _document.Version;

    /// <summary>Tells that document from others of its version; empty where that was not said.</summary>
    public string DocumentDigest => _document.Digest;

    /// <summary>The regions of the whole store that were dropped by its word. It stays, as <see cref="Dropped"/> does.</summary>
    public IReadOnlyList<RegionWord> Drops => _drops;

    /// <summary>Whether a silo hosts a peer there, as far as it has said.</summary>
    public bool Hosts(PeerId peer) => _hosted.Contains(peer);

    /// <summary>What of its peers silos host now.</summary>
    /// <returns>Whether that is something else than before.</returns>
    public bool SetHosted(IReadOnlyCollection<PeerId> hosted)
    {
        if (_hosted.SetEquals(hosted))
        {
            return false;
        }

        _hosted = hosted.ToFrozenSet();
        return true;
    }

    /// <summary>It was heard to use a version of the federation document.</summary>
    /// <param name="version">The version.</param>
    /// <param name="digest">Tells the document from others of its version; empty where that is not said.</param>
    public void OnDocument(int version, string digest)
    {
        lock (_gate)
        {
            if (version > _document.Version || (version == _document.Version && digest.Length > 0))
            {
                _document = new Heard(version, digest);
            }
        }
    }

    /// <summary>It has said which regions of the store were dropped.</summary>
    /// <returns>Those of which it had not said so before.</returns>
    public IReadOnlyList<RegionWord> OnDrops(IEnumerable<RegionWord> drops)
    {
        lock (_gate)
        {
            List<RegionWord> added = [.. drops.Where(d => !_drops.Any(known => (known.Cluster, known.Region) == (d.Cluster, d.Region)))];
            _drops = added.Count == 0 ? _drops : [.. _drops, .. added];
            return added;
        }
    }

    /// <summary>It has said that this silo's cluster was dropped from the store.</summary>
    /// <returns>Whether that is new.</returns>
    public bool OnDropped(ClusterDrop dropped)
    {
        OnDocument(dropped.DocumentVersion, digest: "");
        Refusal = null;
        return Interlocked.Exchange(ref _dropped, dropped) is null;
    }

    /// <summary>What a silo asks the cluster.</summary>
    /// <param name="own">The silo's own cluster.</param>
    public ClusterQuestion AskFrom(FederatedCluster own) => new(own.Own.Number, own.Document.Version, Topology?.Version ?? 0) { DocumentDigest = own.Digest };

    /// <summary>A question was answered.</summary>
    /// <returns>Whether its state has changed.</returns>
    public bool OnAnswer(TimeSpan took) => Note(now => _monitor.OnAnswer(now, (long)took.TotalMilliseconds));

    /// <summary>A question was not answered.</summary>
    /// <param name="reason">Why: a sentence.</param>
    /// <returns>Whether its state has changed.</returns>
    public bool OnMissed(string reason)
    {
        LastFailure = reason;
        var hasChanged = Note(_monitor.OnMissed);

        // After an outage any of its silos may answer first, and also one that has just started.
        BehindSince = State == LinkState.CutOff ? null : BehindSince;
        return hasChanged;
    }

    private bool Note(Action<long> judge)
    {
        lock (_gate)
        {
            judge(_time.GetMonotonicMilliseconds());
            var (before, carried) = (_standing, CarriesPuts);
            if (_monitor.State == before.State)
            {
                _standing = before with { IsTried = true };
                return false;
            }

            var now = _time.GetUtcNow();
            _standing = new Standing(_monitor.State, now, carried ? now : before.CutOffSince, IsTried: true);
            return true;
        }
    }

    private sealed record Heard(int Version, string Digest);

    private sealed record Standing(LinkState State, DateTimeOffset Since, DateTimeOffset CutOffSince, bool IsTried);
}
