using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AllData.Security;

/// <summary>
/// What a client shows with its calls, because a silo sees the certificate of the connection and not of the call: the client's certificate, a time, a random
/// number, and a signature by the certificate's key over these and the cluster. A client sends it whole once to each silo, and its name (the first bytes of its
/// SHA-256) with each call.
/// </summary>
/// <remarks>
/// Bytes: version (1), time (8, milliseconds since 1970 UTC), random (16), length of the certificate (2), the certificate (DER), the signature (ECDSA of P1363
/// form, or RSA-PSS; with SHA-256). Numbers are big-endian.
/// </remarks>
internal static class CallerProof
{
    /// <summary>Under this name it travels with a call.</summary>
    public const string ContextKey = "alldata.caller";

    /// <summary>Bytes of its name.</summary>
    public const int NameLength = 16;

    /// <summary>Bytes of a proof, at most.</summary>
    public const int MaxLength = 8 << 10;

    /// <summary>How long it is taken.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>How far clocks may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private const byte Version = 1;
    private const int RandomLength = 16;
    private const int HeadLength = 1 + 8 + RandomLength + 2;

    private static readonly byte[] Purpose = "alldata caller 1\0"u8.ToArray();

    /// <summary>Makes one.</summary>
    /// <param name="own">The client's certificate with its key.</param>
    /// <param name="cluster">Orleans' cluster id: a proof is for one cluster.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="CryptographicException">The key is of no kind that signs.</exception>
    public static byte[] Make(X509Certificate2 own, string cluster, DateTimeOffset now)
    {
        var certificate = own.RawData;
        var signed = new byte[HeadLength + certificate.Length];
        signed[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(signed.AsSpan(1), now.ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(signed.AsSpan(9, RandomLength));
        BinaryPrimitives.WriteUInt16BigEndian(signed.AsSpan(9 + RandomLength), checked((ushort)certificate.Length));
        certificate.CopyTo(signed, HeadLength);
        return [.. signed, .. Sign(own, Statement(signed, cluster))];
    }

    /// <summary>The name of a proof.</summary>
    public static byte[] NameOf(ReadOnlySpan<byte> proof) => SHA256.HashData(proof)[..NameLength];

    /// <summary>Checks a proof.</summary>
    /// <param name="proof">The proof.</param>
    /// <param name="cluster">Orleans' cluster id.</param>
    /// <param name="trust">Which certificates of clients are trusted.</param>
    /// <param name="now">The time.</param>
    /// <returns>The certificate, and until when the proof is taken.</returns>
    /// <exception cref="FormatException">It is no proof, or not one for here and now; the sentence says why.</exception>
    public static (X509Certificate2 Certificate, DateTimeOffset End) Check(ReadOnlySpan<byte> proof, string cluster, CertificateTrust trust, DateTimeOffset now)
    {
        if (proof.Length is < HeadLength or > MaxLength || proof[0] != Version
            || BinaryPrimitives.ReadUInt16BigEndian(proof[(9 + RandomLength)..]) is var length && HeadLength + length >= proof.Length)
        {
            throw new FormatException("The caller's proof has another form. Use the same release for silos and clients.");
        }

        var made = BinaryPrimitives.ReadInt64BigEndian(proof[1..]);
        var age = now.ToUnixTimeMilliseconds() - (decimal)made;
        if (age > (decimal)Lifetime.TotalMilliseconds || age < -(decimal)Skew.TotalMilliseconds)
        {
            throw new FormatException($"The caller's proof was made {age / 1_000:0} s ago. Compare the clocks of client and silo.");
        }

        try
        {
            var certificate = X509CertificateLoader.LoadCertificate(proof.Slice(HeadLength, length));
            return trust.WhyRefusedAsClient(certificate, sent: null) is { } reason ? throw new FormatException($"The caller is refused: {reason}.")
                : Verify(certificate, Statement(proof[..(HeadLength + length)], cluster), proof[(HeadLength + length)..])
                    ? (certificate, DateTimeOffset.FromUnixTimeMilliseconds(made) + Lifetime)
                : throw new FormatException("The caller's proof is not signed by the key of its certificate, or for another cluster.");
        }
        catch (CryptographicException e)
        {
            throw new FormatException($"The caller's certificate cannot be read: {e.Message}", e);
        }
    }

    private static byte[] Statement(ReadOnlySpan<byte> signed, string cluster) => [.. Purpose, .. Encoding.UTF8.GetBytes(cluster), 0, .. signed];

    private static byte[] Sign(X509Certificate2 own, byte[] statement)
    {
        using var ecdsa = own.GetECDsaPrivateKey();
        using var rsa = own.GetRSAPrivateKey();
        return ecdsa?.SignData(statement, HashAlgorithmName.SHA256)
            ?? rsa?.SignData(statement, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)
            ?? throw new CryptographicException("The client's certificate has a key that is neither ECDSA nor RSA.");
    }

    private static bool Verify(X509Certificate2 certificate, byte[] statement, ReadOnlySpan<byte> signature)
    {
        using var ecdsa = certificate.GetECDsaPublicKey();
        using var rsa = certificate.GetRSAPublicKey();
        return ecdsa?.VerifyData(statement, signature, HashAlgorithmName.SHA256)
            ?? rsa?.VerifyData(statement, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)
            ?? false;
    }
}
