using System.Security.Cryptography;

namespace AllData.Certificates;

/// <summary>Signs notes under a name with a private key: ECDSA over P-256. The owner of the key disposes of it.</summary>
/// <param name="name">The name.</param>
/// <param name="key">The key, which stays the caller's.</param>
/// <exception cref="CertificateFormatException">The name is not valid, or the key is not of P-256.</exception>
internal sealed class NoteSigner(string name, ECDsa key)
{
    /// <summary>What checks its signatures.</summary>
    public VerifierKey Key { get; } = VerifierKey.Of(name, key.ExportSubjectPublicKeyInfo());

    /// <summary>Signs a text.</summary>
    /// <param name="text">The text of a note.</param>
    /// <exception cref="CertificateFormatException">It is not the text of a note.</exception>
    public NoteSignature Sign(string text) => new(
        Key.Name, Key.Id, key.SignData(SignedNote.Encode(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
}
