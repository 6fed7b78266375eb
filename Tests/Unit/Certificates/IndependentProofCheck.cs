using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AllData.Tests.Unit.Certificates;

/// <summary>
/// Checks the proof of an event from docs/certificates.md, C2SP signed-note and RFC 6962 alone, sharing nothing with the products. It reads what it needs and
/// is not strict about the rest.
/// </summary>
internal static class IndependentProofCheck
{
    /// <summary>Whether a proof holds.</summary>
    /// <param name="proof">Its text.</param>
    /// <param name="keys">Verifier keys that are trusted.</param>
    /// <param name="needed">Signatures that are needed.</param>
    public static bool Holds(string proof, IReadOnlyList<string> keys, int needed)
    {
        var parts = proof.Split("\n\n");
        var (proven, certificate, inLog) = (parts[0].Split('\n'), parts[1] + "\n", parts[2].Split('\n'));
        var head = parts[3].Split('\n');
        var payload = After(proven, "payload") is var base64 && base64 == "-" ? [] : Convert.FromBase64String(base64);
        var key = After(proven, "key");
        var time = DateTimeOffset.ParseExact(key[..18] + "Z", "yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        byte[] entry =
        [
            .. BigEndian(BitConverter.GetBytes(time.ToUnixTimeMilliseconds())), .. BigEndian(BitConverter.GetBytes((int)Number(key[18..]))),
            .. SHA256.HashData(payload), .. Encoding.ASCII.GetBytes(TopicOf(proven)),
        ];
        var lines = certificate.Split('\n');
        var root = IndependentTree.RootFrom(SHA256.HashData([0, .. entry]), Number(After(proven, "leaf")), Number(After(lines, "events")), PathOf(proven));
        var logRoot = IndependentTree.RootFrom(
            SHA256.HashData([0, .. Encoding.UTF8.GetBytes(certificate)]), Number(After(inLog, "index")), Number(head[1]), PathOf(inLog));
        return root is not null && Convert.ToHexStringLower(root) == After(lines, "root")
            && logRoot is not null && Convert.ToBase64String(logRoot) == head[2]
            && keys.Count(k => HasSigned(k, parts[3] + "\n", parts[4].Split('\n', StringSplitOptions.RemoveEmptyEntries))) >= needed;
    }

    private static bool HasSigned(string verifierKey, string text, string[] signatures)
    {
        var (name, key) = (verifierKey.Split('+')[0], Convert.FromBase64String(verifierKey.Split('+', 3)[2])[1..]);
        using var imported = ECDsa.Create();
        imported.ImportSubjectPublicKeyInfo(key, out _);
        return signatures.Select(static line => line.Split(' ')).Where(line => line[1] == name).Select(static line => Convert.FromBase64String(line[2]))
            .Any(s => s.AsSpan(0, 4).SequenceEqual(SHA256.HashData(key).AsSpan(0, 4))
                && imported.VerifyData(Encoding.UTF8.GetBytes(text), s[4..], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static string After(string[] lines, string word) => lines.First(line => line.StartsWith(word + " ", StringComparison.Ordinal))[(word.Length + 1)..];

    private static byte[] BigEndian(byte[] bytes) => [.. bytes.AsEnumerable().Reverse()];

    private static string TopicOf(string[] lines) =>
        Array.Exists(lines, static line => line.StartsWith("topic ", StringComparison.Ordinal)) ? After(lines, "topic") : "";

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    // The hashes are the lines without a blank, of 44 characters.
    private static List<byte[]> PathOf(string[] lines) =>
        [.. lines.Where(static line => line.Length == 44 && !line.Contains(' ', StringComparison.Ordinal)).Select(Convert.FromBase64String)];
}
