using System.Buffers.Binary;

namespace AllData.Certificates;

/// <summary>A signature of a note (C2SP signed-note). Its text is a line: a long dash, the name, and in base64 the key's id and the signature.</summary>
/// <param name="Name">The name of the key that has signed.</param>
/// <param name="KeyId">The key's id.</param>
/// <param name="Signature">The signature; of type 2, its DER form.</param>
internal sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Signature)
{
    private const string Start = "\u2014 ";

    /// <summary>Reads a line without its line feed.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly one.</exception>
    public static NoteSignature Parse(string line)
    {
        var parts = line.Split(' ');
        if (parts.Length == 3 && line.StartsWith(Start, StringComparison.Ordinal) && parts[0].Length == 1 && VerifierKey.IsName(parts[1])
            && StrictBase64.TryRead(parts[2], out var bytes) && bytes.Length > sizeof(uint))
        {
            return new NoteSignature(parts[1], BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(sizeof(uint)));
        }

        throw new CertificateFormatException(
            "A line of the signatures is not one: a long dash, a name, and base64 of a key's id and a signature are expected.");
    }

    /// <summary>The line, without a line feed.</summary>
    public override string ToString()
    {
        var bytes = new byte[sizeof(uint) + Signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Signature.CopyTo(bytes.AsMemory(sizeof(uint)));
        return $"{Start}{Name} {Convert.ToBase64String(bytes)}";
    }
}
