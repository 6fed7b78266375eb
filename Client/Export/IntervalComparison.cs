using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>
/// Compares the events that are written with a certificate, while they are written. Where the store has payloads in another form than they were put, that is
/// what the certificate is about: then the interval is read once more, as it is stored, and both readings must have the same keys.
/// </summary>
/// <param name="certificate">The certificate.</param>
/// <param name="isStored">Whether the events are written as they are stored.</param>
internal sealed class IntervalComparison(IntervalCertificate certificate, bool isStored)
{
    private static readonly TreeHash NoPayload = TreeHash.Of([]);

    private readonly IntervalTree _written = new();
    private readonly IntervalTree _keys = new();

    /// <summary>Takes events that are written; they follow those before.</summary>
    public void Take(ScanPage page)
    {
        var reader = page.GetReader();
        for (var i = 0; reader.MoveNext(); i++)
        {
            _written.Add(reader.Current.Key, reader.Current.Payload, page.Topics?.Of(i));
            _keys.Add(KeyOnly(reader.Current.Key));
        }
    }

    /// <summary>Compares, once all events are written.</summary>
    /// <param name="outcome">Whether all peers have answered.</param>
    /// <param name="reader">The cluster, to read what is stored.</param>
    /// <param name="tally">Counts what is read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>Why the events are not those that are certified, or null; and whether the root is that of the files themselves.</returns>
    public async Task<(CertificateRefusal? Refusal, bool IsOfFiles)> CompleteAsync(
        ScanOutcome outcome, IEventReader reader, ReadTally tally, CancellationToken cancellation)
    {
        if (outcome.Unreadable > 0)
        {
            var sentence = $"{Amount.OfEvents(outcome.Unreadable)} cannot be decrypted: the silo lacks their key.";
            return (new CertificateRefusal(RefusalKind.NotRead, [sentence]), false);
        }

        var written = _written.Complete();
        if (isStored || written == certificate.Content)
        {
            return (CertificateRefusal.Of(certificate, written, outcome), true);
        }

        var keys = new IntervalTree();
        var stored = await new IntervalRead(reader, tally).RunAsync(certificate.Interval, proven: null, key => keys.Add(KeyOnly(key)), cancellation);
        if (stored.Marked == 0 || stored.Content != certificate.Content)
        {
            return (CertificateRefusal.Of(certificate, stored.Marked == 0 ? written : stored.Content, outcome), false);
        }

        return keys.Complete() == _keys.Complete() ? (null, false)
            : (new CertificateRefusal(RefusalKind.NotRead, ["The events changed while they were exported: run the same command again."]), false);
    }

    private static EventEntry KeyOnly(EventKey key) => new(key, NoPayload, Topic: null);
}
