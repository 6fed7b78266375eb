using System.Collections.Immutable;
using System.Globalization;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Certificates;

/// <summary>Reads the text of a certificate, in the one form that <see cref="CertificateWriter"/> writes.</summary>
internal sealed class CertificateParser
{
    private const string What = "a certificate";

    private readonly CertificateLineReader _lines;

    private CertificateParser(string text) => _lines = new CertificateLineReader(text, What);

    /// <summary>Reads a text.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly the text of a certificate, or contradicts itself.</exception>
    public static IntervalCertificate Parse(string text)
    {
        if (StrictText.Encode(text, What).Length is > IntervalCertificate.MaxLength and var length)
        {
            throw new CertificateFormatException($"The text is not a certificate: it has {length} bytes, at most {IntervalCertificate.MaxLength} are allowed.");
        }

        var parser = new CertificateParser(text);
        var certificate = parser.Read(out var state);
        if (!parser._lines.IsAtEnd)
        {
            throw new CertificateFormatException("The text is not a certificate: it goes on after its last line.");
        }

        // A fault of its facts is told here, and what was read too kindly is written differently.
        var written = certificate.Text;
        if (state != CertificateLines.TextOf(certificate.State))
        {
            throw new CertificateFormatException(
                $"The certificate contradicts itself: its state is '{state}', and what it names makes it {CertificateLines.TextOf(certificate.State)}.");
        }

        return written == text
            ? certificate
            : throw new CertificateFormatException("The text is not a certificate: a value is not in its one form.");
    }

    private IntervalCertificate Read(out string state)
    {
        _lines.NextIs(CertificateLines.Format);
        var (store, cluster) = (Id(CertificateLines.Store), Id(CertificateLines.Cluster));
        var interval = IntervalText.Parse(_lines.After(CertificateLines.Interval)) ?? throw _lines.Fault("an interval is expected");
        var version = (int)Number(CertificateLines.Version, int.MaxValue);
        state = _lines.After(CertificateLines.State);
        var content = new IntervalContent(Number(CertificateLines.Events), Number(CertificateLines.Conflicts), Hash(_lines.After(CertificateLines.Root)));
        var coordinators = Coordinators();
        var unnumbered = _lines.AfterIf(CertificateLines.Unnumbered) is { } blocks ? Number(blocks.AsSpan()) : 0;
        return new IntervalCertificate
        {
            Store = store,
            Cluster = cluster,
            Interval = interval,
            Version = version,
            Content = content,
            Coordinators = coordinators,
            Unnumbered = unnumbered,
            UnnumberedAccepted = _lines.AfterIf(CertificateLines.AcceptedUnnumbered),
            Copies = new AdherenceCounts(
                Number(CertificateLines.CopiesStrict), Number(CertificateLines.CopiesRelaxed), Number(CertificateLines.CopiesUnderReplicated)),
            MissingCopies = All(CertificateLines.MissingCopies, 3, p => new PeerMissingCopies(Ordinal(p[0]), Peer(p[1]), Number(p[2].AsSpan()))),
            Answered = All(CertificateLines.Answered, 2, p => new CertificatePeer(Ordinal(p[0]), Peer(p[1]))),
            Doubts = All(CertificateLines.Doubt, 3, p => new CertificateDoubt(Ordinal(p[0]), Peer(p[1]), Reason(p[2]))),
            Policy = _lines.After(CertificateLines.Policy),
            Topology = Number(CertificateLines.Topology),
            Previous = _lines.After(CertificateLines.Previous) is var previous && previous == CertificateLines.None ? null : Hash(previous),
            Time = Time(_lines.After(CertificateLines.Time)),
        };
    }

    private ImmutableArray<CertifiedNumbers> Coordinators()
    {
        var coordinators = ImmutableArray.CreateBuilder<CertifiedNumbers>();
        while (_lines.AfterIf(CertificateLines.Blocks) is { } blocks)
        {
            var (id, issued) = Split(blocks);
            var dot = id.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0 || !WholeNumber.TryParse(id.AsSpan(dot + 1), int.MaxValue, out var incarnation))
            {
                throw _lines.Fault("ordinal and incarnation of a coordinator are expected");
            }

            coordinators.Add(new CertifiedNumbers(Ordinal(id[..dot]), incarnation, Issued(issued))
            {
                Abandoned = NumbersOf(CertificateLines.Abandoned, id),
                InFlightAtCrash = NumbersOf(CertificateLines.InFlightAtCrash, id),
                Missing = NumbersOf(CertificateLines.Missing, id),
                IsEndUnknown = _lines.AfterIf(CertificateLines.EndUnknown) is { } unknown && IsOf(unknown, id),
                Accepted = AcceptedOf(id),
                EndAccepted = _lines.AfterIf(CertificateLines.AcceptedEnd) is { } end ? Of(end, id) : null,
            });
        }

        return coordinators.ToImmutable();
    }

    private ImmutableArray<AcceptedNumbers> AcceptedOf(string id)
    {
        var all = ImmutableArray.CreateBuilder<AcceptedNumbers>();
        while (_lines.AfterIf(CertificateLines.Accepted) is { } line)
        {
            var (numbers, reason) = Split(Of(line, id));
            all.Add(new AcceptedNumbers(Numbers(numbers), reason));
        }

        return all.ToImmutable();
    }

    private ImmutableArray<T> All<T>(string word, int parts, Func<string[], T> read)
    {
        var all = ImmutableArray.CreateBuilder<T>();
        while (_lines.AfterIf(word) is { } line)
        {
            var split = line.Split(' ');
            all.Add(split.Length == parts ? read(split) : throw _lines.Fault($"{parts} values are expected"));
        }

        return all.ToImmutable();
    }

    private NumberRanges NumbersOf(string word, string id) => _lines.AfterIf(word) is { } line ? Numbers(Of(line, id)) : NumberRanges.None;

    private NumberRanges Numbers(string text) => CertificateLines.NumbersOf(text) ?? throw _lines.Fault("numbers are expected, for example 3,7-9");

    private long Issued(string text) =>
        text == CertificateLines.None ? 0
        : CertificateLines.NumbersOf(text) is { Runs: [{ First: 0 } run] } ? run.Count
        : throw _lines.Fault("a run of numbers from 0 on is expected");

    // A line of a coordinator's numbers names that coordinator.
    private string Of(string line, string id) => Split(line) is var (named, rest) && named == id ? rest : throw _lines.Fault($"coordinator {id} is expected");

    private bool IsOf(string named, string id) => named == id ? true : throw _lines.Fault($"coordinator {id} is expected");

    private (string First, string Others) Split(string line)
    {
        var blank = line.IndexOf(' ', StringComparison.Ordinal);
        return blank > 0 ? (line[..blank], line[(blank + 1)..]) : throw _lines.Fault("two values are expected");
    }

    private Guid Id(string word) =>
        Guid.TryParseExact(_lines.After(word), "D", out var id) ? id : throw _lines.Fault("an id is expected, 36 characters");

    private TreeHash Hash(string text) => TreeHash.TryParse(text, out var hash) ? hash : throw _lines.Fault("a hash is expected, 64 hexadecimal digits");

    private long Number(string word, long max = long.MaxValue) => Number(_lines.After(word).AsSpan(), max);

    private long Number(ReadOnlySpan<char> text, long max = long.MaxValue) =>
        WholeNumber.TryParse(text, max, out long number) ? number : throw _lines.Fault("a number is expected");

    private int Ordinal(string text) => (int)Number(text.AsSpan(), EventKey.MaxOrdinal);

    private PeerId Peer(string text) => PeerId.TryParse(text, out var peer) ? peer : throw _lines.Fault("the name of a peer is expected");

    private DoubtReason Reason(string text) => Enum.GetValues<DoubtReason>().Cast<DoubtReason?>()
        .FirstOrDefault(r => CertificateLines.TextOf(r!.Value) == text) ?? throw _lines.Fault("the reason of a doubt is expected");

    private DateTimeOffset Time(string text)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, CertificateLines.TimeFormat, CultureInfo.InvariantCulture, Utc, out var time)
            ? time
            : throw _lines.Fault("a time of UTC in whole seconds is expected, for example 2026-01-02T03:04:05Z");
    }
}
