using System.Globalization;
using AllData.Events;

namespace AllData.Certificates;

/// <summary>The head of a log at one size (C2SP tlog-checkpoint): three lines, the text of a signed note. Lines of an extension are refused.</summary>
/// <param name="Origin">Which log it is.</param>
/// <param name="Size">Leaves of its tree.</param>
/// <param name="Root">The root of its tree.</param>
internal sealed record Checkpoint(string Origin, long Size, TreeHash Root)
{
    /// <summary>The three lines, each with its line feed.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root.Base64}\n");

    /// <summary>Reads the three lines.</summary>
    /// <exception cref="CertificateFormatException">The text is not exactly a checkpoint.</exception>
    public static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length == 4 && VerifierKey.IsName(lines[0]) && WholeNumber.TryParse(lines[1], long.MaxValue, out var size)
            && TreeHash.TryParseBase64(lines[2], out var root) && new Checkpoint(lines[0], size, root) is var checkpoint && checkpoint.Text == text)
        {
            return checkpoint;
        }

        throw new CertificateFormatException("The text is not a checkpoint: three lines are expected, origin, size and root (base64).");
    }
}
