using AllData.Certificates;
using AllData.Errors;

namespace AllData.Reading;

/// <summary>
/// Follows the certificate log of a cluster: gives each entry once, in the order of the log, soon after it was signed, and never ends by itself. An interval
/// comes again when its certificate has a new version. When the silo that serves it dies, it continues through another one. Enumerate it once.
/// </summary>
/// <remarks>
/// It checks that each entry names the one before it, and so follows one log. It does not check signatures: <c>alldata verify</c> does.
/// </remarks>
public sealed class SealedFollow : IAsyncEnumerable<SealedInterval>
{
    /// <summary>For how long no silo may serve it before it gives up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private const int EntriesPerCall = 256;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly long _first;
    private TreeHash? _last;
    private bool _isBegun;

    internal SealedFollow(IGrainFactory grains, long from, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        (_grains, _time, _first, Position) = (grains, time, from, from);
    }

    /// <summary>The index of the next entry: where a reader that keeps it continues.</summary>
    public long Position { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="TimeoutException">No silo has served it for <see cref="Patience"/>.</exception>
    /// <exception cref="CertificateException">
    /// An entry does not follow the one that was given before it: it is of another log, or the log was changed.
    /// </exception>
    public async IAsyncEnumerator<SealedInterval> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (_isBegun)
        {
            throw new InvalidOperationException($"It is enumerated once. Follow again from {nameof(Position)}.");
        }

        _isBegun = true;
        var served = _time.GetTimestamp();
        while (true)
        {
            var entries = await TryReadAsync(served, cancellationToken);
            foreach (var entry in entries ?? [])
            {
                var next = Follow(entry);
                Position = entry.Index + 1;
                yield return next;
            }

            served = entries is null ? served : _time.GetTimestamp();
            if (entries is null or [])
            {
                await Task.Delay(Pause, _time, cancellationToken);
            }
        }
    }

    // Null: this silo does not serve it, and the next call goes to another one.
    private async Task<IReadOnlyList<CertificateEntry>?> TryReadAsync(long served, CancellationToken cancellation)
    {
        try
        {
            return (await _grains.GetCertificates().GetEntries(Position, EntriesPerCall).WaitAsync(cancellation)).Entries;
        }
        catch (Exception e) when ((EventScan.IsFailureOfSilo(e) || e is CertificateException) && !cancellation.IsCancellationRequested)
        {
            return _time.GetElapsedTime(served) < Patience
                ? null
                : throw new TimeoutException($"No silo has given the certificate log for {Patience}. It can be followed on from {nameof(Position)}.", e);
        }
    }

    private SealedInterval Follow(CertificateEntry entry)
    {
        var certificate = IntervalCertificate.Parse(entry.Text);
        if (entry.Index != Position || (Position > _first && certificate.Previous != _last))
        {
            throw new CertificateException(
                $"Entry {entry.Index} of the certificate log does not follow entry {Position - 1}, as it was given before: it is of another log, or the "
                    + "log was changed. alldata verify checks it.");
        }

        _last = TreeHash.Of(StrictText.Encode(entry.Text, "a certificate"));
        return new SealedInterval(entry.Index, certificate);
    }
}
