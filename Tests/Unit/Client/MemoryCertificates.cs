using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Unit.Client;

/// <summary>The certificates of a store in memory, signed by three peers.</summary>
internal sealed class MemoryCertificates : ICertificateGrain
{
    private static readonly Interval Day = Interval.Containing(FakeScan.Day, TimeSpan.FromDays(1));

    private volatile Log _log = new([], "");

    /// <summary>The log; what it says can be replaced.</summary>
    public List<string> Texts
    {
        get => _log.Texts;
        set => _log = _log with { Texts = value };
    }

    /// <summary>Its head.</summary>
    public string Note
    {
        get => _log.Note;
        set => _log = _log with { Note = value };
    }

    /// <summary>Replaces both at once, as a command sees them that reads meanwhile.</summary>
    public void Replace(List<string> texts, string note) => _log = new Log(texts, note);

    /// <summary>The ordinals of the peers, whose keys the cluster names.</summary>
    public int[] Peers { get; set; } = [1, 2, 3];

    /// <summary>Called before entries are read.</summary>
    public Func<Task> OnRead { get; set; } = static () => Task.CompletedTask;

    /// <summary>Answers orders.</summary>
    public Func<SealOrder, SealOutcome> OnSeal { get; set; } = static _ => new SealOutcome(SealStatus.NotSealed, "Peer north-c (3) has not answered.", null);

    /// <summary>Certifies the day's events, after a certificate of the day before.</summary>
    public void CertifyDay(FakeScan scan, CertificateState state = CertificateState.Complete)
    {
        var tree = new IntervalTree();
        foreach (var (key, payload) in scan.Events.Where(static e => Day.Contains(e.Key)).OrderBy(static e => e.Key))
        {
            tree.Add(key, scan.StoredForm(payload), scan.TopicOf(key));
        }

        var (log, texts) = (new CertificateLog(CertificateSample.Origin), new List<string>(Texts));
        Append(CertificateSample.Certificate(Day.Previous));
        Append(CertificateSample.Certificate(Day, log.Last) with
        {
            Content = tree.Complete(),
            Doubts = state == CertificateState.Unknown ? [new CertificateDoubt(9, PeerId.Parse("north-z"), DoubtReason.Silent)] : [],
            MissingCopies = state == CertificateState.CompleteDegraded ? [new PeerMissingCopies(8, PeerId.Parse("north-y"), 3)] : [],
        });
        Replace(texts, CertificateSample.Sign(log.Head, 1, 3).ToString());

        void Append(IntervalCertificate certificate)
        {
            log.Append(certificate);
            texts.Add(certificate.Text);
        }
    }

    public Task<CertificateHead> GetHead() => Task.FromResult(HeadOf(_log));

    private CertificateHead HeadOf(Log log) => new(
        CertificateSample.Store, CertificateSample.Cluster, log.Texts.Count, log.Note,
        [
            .. Peers.Select(static ordinal => new CertificateKey(
                ordinal, PeerId.Parse($"north-{ordinal}"), new PeerLocation("north", "a"), PublicKeyOf(ordinal), IsStoring: true)),
        ], MinZones: 1);

    // Two in one answer, so that several are needed.
    public async Task<CertificateEntries> GetEntries(long from, int count)
    {
        await OnRead();
        var log = _log;
        return new CertificateEntries(
            [.. log.Texts.Select(static (text, index) => new CertificateEntry(index, text)).Skip((int)from).Take(Math.Min(count, 2))], HeadOf(log));
    }

    public async Task<CertificateEntries> GetCertificates(Interval interval) => new(
        [
            .. Texts.Select(static (text, index) => new CertificateEntry(index, text))
                .Where(e => IntervalCertificate.Parse(e.Text).Interval == interval),
        ], await GetHead());

    public Task<ImmutableArray<CertifiedInterval>> GetSealed(Interval? from, int count) => Task.FromResult<ImmutableArray<CertifiedInterval>>(
    [
        .. Texts.Select(static (text, index) => (Certificate: IntervalCertificate.Parse(text), index))
            .Where(c => from is null || c.Certificate.Interval >= from)
            .Select(static c => new CertifiedInterval(
                c.Certificate.Interval, c.Certificate.Version, c.Certificate.State, c.Certificate.Content.Events, c.Certificate.Content.Conflicts,
                c.Certificate.Content.Root, c.index))
            .OrderBy(static c => c.Interval).Take(count),
    ]);

    /// <summary>What other clusters answer; none: the cluster is a store of its own.</summary>
    public List<ClusterCertificates> Others { get; } = [];

    public async Task<ImmutableArray<ClusterCertificates>> GetSealedByCluster(Interval? from, int count) =>
        [new ClusterCertificates(Others.Count == 0 ? "" : "north", await GetSealed(from, count)), .. Others];

    public Task<SealOutcome> Seal(SealOrder order) => Task.FromResult(OnSeal(order));

    private static string PublicKeyOf(int ordinal) =>
        Convert.ToBase64String(Convert.FromBase64String(CertificateSample.Signer(ordinal).Key.ToString().Split('+', 3)[2])[1..]);

    private sealed record Log(List<string> Texts, string Note);
}
