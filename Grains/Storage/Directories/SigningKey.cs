using System.Security.Cryptography;
using System.Text;
using AllData.Security;

namespace AllData.Storage.Directories;

/// <summary>
/// The private key of a data directory: ECDSA over P-256 (FIPS 186-5), as PKCS #8 in PEM (RFC 5958, RFC 7468), for this user alone. It signs for the
/// directory's peer. Several threads may use it.
/// </summary>
internal sealed class SigningKey : IDisposable
{
    // The object identifier of P-256, RFC 5480 §2.1.1.1.
    private const string CurveId = "1.2.840.10045.3.1.7";

    // One operation at a time: the platform's key objects are not made for several.
    private readonly Lock _gate = new();
    private readonly ECDsa _key;

    private SigningKey(ECDsa key)
    {
        _key = key;
        PublicKey = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Base64 of the SubjectPublicKeyInfo.</summary>
    public string PublicKey { get; }

    /// <summary>Reads a directory's key, or makes it where there is none: durable when this returns.</summary>
    /// <exception cref="DataDirectoryException">The file holds no such key, or others may read it.</exception>
    public static SigningKey OpenOrCreate(string path)
    {
        if (Read(path) is { } known)
        {
            return known;
        }

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DurableFiles.Replace(path, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        return new SigningKey(key);
    }

    /// <summary>Reads a key; null where there is no file.</summary>
    /// <exception cref="DataDirectoryException">The file holds no such key, or others may read it.</exception>
    public static SigningKey? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var key = ECDsa.Create();
        try
        {
            PrivateFiles.RefuseReadable(path);
            key.ImportFromPem(File.ReadAllText(path));
            return IsOfCurve(key, isPrivate: true) ? new SigningKey(key) : throw new CryptographicException("it is of another curve than P-256");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new DataDirectoryException(
                $"{path} is not the key of a data directory: {e.Message} Put the file back, or give the directory a new identity, which keeps its events: "
                + WaysOut.RenewDirectory(Path.GetDirectoryName(path)!), e);
        }
    }

    /// <summary>Whether a text is a public key as <see cref="PublicKey"/> writes it.</summary>
    public static bool IsPublicKey(string text)
    {
        using var key = ECDsa.Create();
        try
        {
            var bytes = Convert.FromBase64String(text);
            key.ImportSubjectPublicKeyInfo(bytes, out var read);
            return read == bytes.Length && IsOfCurve(key, isPrivate: false) && Convert.ToBase64String(bytes) == text;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Uses the key, alone.</summary>
    public T Use<T>(Func<ECDsa, T> use)
    {
        lock (_gate)
        {
            return use(_key);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static bool IsOfCurve(ECDsa key, bool isPrivate) => key.ExportParameters(includePrivateParameters: isPrivate).Curve.Oid.Value == CurveId;
}
