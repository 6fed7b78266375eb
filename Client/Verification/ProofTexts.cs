using AllData.Certificates;

namespace AllData.Client.Verification;

/// <summary>A file of proofs: one after the other. An event that is in conflict has one for each of the events of its key.</summary>
internal static class ProofTexts
{
    private const string Start = $"{EventProof.Format}\n";

    /// <summary>The texts of a file.</summary>
    /// <exception cref="CertificateFormatException">It does not begin with one.</exception>
    public static IReadOnlyList<string> Split(string text)
    {
        var texts = new List<string>();
        for (var begin = 0; begin < text.Length;)
        {
            var next = text.IndexOf($"\n{Start}", begin, StringComparison.Ordinal);
            var end = next < 0 ? text.Length : next + 1;
            texts.Add(text[begin..end]);
            begin = end;
        }

        return texts.Count > 0 ? texts : throw new CertificateFormatException("The file is empty.");
    }
}
