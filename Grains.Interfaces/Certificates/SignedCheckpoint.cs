using System.Collections.Immutable;

namespace AllData.Certificates;

/// <summary>A checkpoint with the signatures that it has.</summary>
/// <param name="Head">What is signed.</param>
/// <param name="Signatures">The signatures.</param>
internal sealed record SignedCheckpoint(Checkpoint Head, ImmutableArray<NoteSignature> Signatures)
{
    /// <summary>It as a note.</summary>
    public SignedNote Note => new(Head.Text, Signatures);

    /// <summary>Reads a note whose text is a checkpoint.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly one.</exception>
    public static SignedCheckpoint Parse(string note)
    {
        var read = SignedNote.Parse(note);
        return new SignedCheckpoint(Checkpoint.Parse(read.Text), read.Signatures);
    }

    /// <summary>It with one more signature.</summary>
    public SignedCheckpoint With(NoteSignature signature) => this with { Signatures = Signatures.Add(signature) };

    /// <summary>The note as it travels.</summary>
    public override string ToString() => Note.ToString();
}
