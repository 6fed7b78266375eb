using System.Collections.Immutable;

namespace AllData.Certificates;

/// <summary>
/// A text and its signatures (C2SP signed-note): the text, which ends with a line feed, an empty line, and a line for each signature.
/// </summary>
/// <param name="Text">The text that is signed, its last line feed included.</param>
/// <param name="Signatures">The signatures, in the order in which they stand.</param>
internal sealed record SignedNote(string Text, ImmutableArray<NoteSignature> Signatures)
{
    /// <summary>Most characters of a note: room for some seven thousand signatures.</summary>
    public const int MaxLength = 1 << 20;

    private const string What = "a signed note";

    /// <summary>Reads a note.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly one, or has no signature.</exception>
    public static SignedNote Parse(ReadOnlySpan<byte> bytes) => Parse(StrictText.Decode(bytes, What));

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static SignedNote Parse(string note)
    {
        if (note.Length > MaxLength)
        {
            throw new CertificateFormatException($"A signed note has at most {MaxLength} characters; this one has {note.Length}.");
        }

        Encode(note);
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || end + 2 == note.Length || note[^1] != '\n')
        {
            throw new CertificateFormatException("The text is not a signed note: a text, an empty line and lines of signatures are expected.");
        }

        return new SignedNote(note[..(end + 1)], [.. note[(end + 2)..^1].Split('\n').Select(NoteSignature.Parse)]);
    }

    /// <summary>The text of a note as the bytes that are signed.</summary>
    /// <exception cref="CertificateFormatException">It cannot be one.</exception>
    public static byte[] Encode(string text) => text.EndsWith('\n')
        ? StrictText.Encode(text, What)
        : throw new CertificateFormatException("The text is not that of a signed note: it does not end with a line feed.");

    /// <summary>The keys, of those that are trusted, that have signed the text. Signatures of other keys say nothing.</summary>
    /// <param name="trusted">The trusted keys.</param>
    /// <returns>Each key at most once, however many signatures it has.</returns>
    public ImmutableArray<VerifierKey> SignersAmong(IEnumerable<VerifierKey> trusted)
    {
        var text = Encode(Text);
        return [.. trusted.Distinct().Where(key => Signatures.Any(s => s.Name == key.Name && s.KeyId == key.Id && key.Verifies(text, s.Signature.Span)))];
    }

    /// <summary>The trusted keys in whose names and under whose ids there is a signature that they did not make.</summary>
    /// <param name="trusted">The trusted keys.</param>
    public ImmutableArray<VerifierKey> ForgedAmong(IEnumerable<VerifierKey> trusted)
    {
        var text = Encode(Text);
        return [.. trusted.Distinct().Where(key => Signatures.Any(s => s.Name == key.Name && s.KeyId == key.Id && !key.Verifies(text, s.Signature.Span)))];
    }

    /// <summary>The note as it travels.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures.Select(static s => $"{s}\n"))}";
}
