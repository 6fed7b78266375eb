using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using AllData.Peers;

namespace AllData.Certificates;

/// <summary>
/// The public key that checks the signatures of one name in signed notes (C2SP signed-note, type 2): ECDSA over P-256 with SHA-256. Its text is
/// <c>name+id+key</c>: the id as eight hexadecimal digits, the key as base64 of a byte 2 and its DER form (SubjectPublicKeyInfo).
/// </summary>
/// <remarks>Two are equal when name and key are.</remarks>
internal sealed class VerifierKey : IEquatable<VerifierKey>
{
    private const byte EcdsaType = 2;

    // The DER form of a P-256 key is this and the point.
    private static readonly byte[] Prefix = Convert.FromHexString("3059301306072a8648ce3d020106082a8648ce3d030107034200");

    private readonly byte[] _key;

    private VerifierKey(string name, byte[] key)
    {
        Name = name;
        _key = key;
        Id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(key));
    }

    /// <summary>Whose signatures it checks.</summary>
    public string Name { get; }

    /// <summary>The first four bytes of the SHA-256 of the key's DER form: with the name, it says which key has signed.</summary>
    public uint Id { get; }

    /// <summary>The key of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="key">Its DER form (SubjectPublicKeyInfo).</param>
    /// <exception cref="CertificateFormatException">The name is not valid, or the key is not a point of P-256.</exception>
    public static VerifierKey Of(string name, ReadOnlySpan<byte> key)
    {
        if (!IsName(name))
        {
            throw new CertificateFormatException(
                $"{UnprintableText.Show(name)} is not the name of a key: give characters that are neither white space nor '+'.");
        }

        if (key.Length != Prefix.Length + 65 || !key.StartsWith(Prefix) || !IsPoint(key))
        {
            throw new CertificateFormatException($"The key of {name} is not a public key of ECDSA over P-256 in its DER form.");
        }

        return new VerifierKey(name, key.ToArray());
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly one.</exception>
    public static VerifierKey Parse(string text)
    {
        var parts = text.Split('+', 3);
        if (parts.Length == 3 && StrictBase64.TryRead(parts[2], out var key) && key.Length > 0 && key[0] == EcdsaType
            && Of(parts[0], key.AsSpan(1)) is var one && one.ToString() == text)
        {
            return one;
        }

        throw new CertificateFormatException(
            $"{UnprintableText.Show(text)} is not a verifier key: name+id+key is expected, of type 2 (ECDSA over P-256), with the id of the key.");
    }

    /// <summary>Whether bytes sign a text under this key.</summary>
    /// <param name="text">The text of a note, as bytes.</param>
    /// <param name="signature">The signature's DER form.</param>
    public bool Verifies(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_key, out _);
        return key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>Whether a text can be the name of a key.</summary>
    internal static bool IsName(string text) =>
        text.Length > 0 && !text.Any(static c => c == '+' || char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c));

    /// <inheritdoc/>
    public bool Equals(VerifierKey? other) => other is not null && Name == other.Name && _key.AsSpan().SequenceEqual(other._key);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Id);

    /// <summary><c>name+id+key</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}+{Id:x8}+{Convert.ToBase64String([EcdsaType, .. _key])}");

    private static bool IsPoint(ReadOnlySpan<byte> key)
    {
        try
        {
            using var imported = ECDsa.Create();
            imported.ImportSubjectPublicKeyInfo(key, out _);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
