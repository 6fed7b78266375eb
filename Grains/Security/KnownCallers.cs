using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using AllData.Errors;

namespace AllData.Security;

/// <summary>The clients whose proofs a silo has checked. Safe for several threads.</summary>
/// <param name="principals">Those that may use the store, as the file has them now.</param>
/// <param name="trust">Which certificates of clients are trusted now.</param>
/// <param name="cluster">Orleans' cluster id.</param>
/// <param name="time">The clock.</param>
internal sealed class KnownCallers(Func<PrincipalsDocument> principals, Func<CertificateTrust> trust, string cluster, TimeProvider time)
{
    /// <summary>Proofs that are remembered, at most.</summary>
    public const int MaxKnown = 10_000;

    private readonly ConcurrentDictionary<UInt128, Caller> _known = new();

    /// <summary>The principal that a call says it comes from.</summary>
    /// <param name="shown">A proof, or its name.</param>
    /// <exception cref="CallerUnknownException">The name is of no proof that was seen.</exception>
    /// <exception cref="CallerRefusedException">Nothing usable was shown, or it is of none that may use the store.</exception>
    public Principal Find(byte[]? shown)
    {
        var caller = shown is { Length: CallerProof.NameLength } name ? Recall(name)
            : shown is not null ? Check(shown)
            : throw new CallerRefusedException("The call does not say which client makes it: use UseAllDataTls.");
        return principals().Find(caller.Certificate) ?? throw new CallerRefusedException(
            $"'{caller.Certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}', as its certificate calls the client, may not use this store.");
    }

    private Caller Recall(byte[] name)
    {
        var key = KeyOf(name);
        if (!_known.TryGetValue(key, out var caller))
        {
            throw new CallerUnknownException();
        }

        // A proof must not outlive its time, nor the trust in its certificate.
        if (time.GetUtcNow() < caller.End && ReferenceEquals(caller.Trust, trust()))
        {
            return caller;
        }

        _known.TryRemove(key, out _);
        throw new CallerUnknownException();
    }

    private Caller Check(byte[] proof)
    {
        try
        {
            var (now, trusted) = (time.GetUtcNow(), trust());
            var (certificate, end) = CallerProof.Check(proof, cluster, trusted, now);
            if (_known.Count >= MaxKnown)
            {
                // All send their proofs again.
                _known.Clear();
            }

            return _known[KeyOf(CallerProof.NameOf(proof))] = new Caller(certificate, trusted, end);
        }
        catch (FormatException e)
        {
            throw new CallerRefusedException(e.Message);
        }
    }

    private static UInt128 KeyOf(byte[] name) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(name);

    private sealed record Caller(X509Certificate2 Certificate, CertificateTrust Trust, DateTimeOffset End);
}
