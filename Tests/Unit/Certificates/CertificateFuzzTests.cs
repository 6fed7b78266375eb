using System.Text;
using AllData.Certificates;

namespace AllData.Tests.Unit.Certificates;

/// <summary>
/// The parsers, given what was a text and has been changed by a seed: they refuse it with their one exception, or it is exactly what they would write.
/// </summary>
public sealed class CertificateFuzzTests
{
    private const int Rounds = 20_000;

    private const string Note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 example.com/behind-the-sofa "
        + "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    private const string Key = "rekor.sigstore.dev+c0d23d6a+"
        + "AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=";

    private static readonly string[] Words =
    [
        "\n", "\n\n", " ", "0", "-", ",", "9223372036854775807", "\u2014 ", "accepted ",
        "missing 1.29222312 ", "doubt 7 a open\n", "none", "\0", "\u202e", "=", "+",
        "18446744073709551616", "0-4294967295", "state complete\n",
    ];

    public static TheoryData<string, int> Cases() => new()
    {
        { "certificate", 1 }, { "certificate", 2 }, { "note", 3 }, { "key", 4 }, { "keys", 5 }, { "proof", 6 }, { "tile", 7 }, { "numbers", 8 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_text_is_refused_or_is_what_would_be_written(string what, int seed)
    {
        var (sample, parse) = Parser(what);
        Assert.Equal(sample, parse(sample));
        var random = new Random(seed);
        var (taken, refused) = (0, 0);
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = Mutate(Encoding.UTF8.GetBytes(sample), random);
            try
            {
                var text = StrictText.Decode(bytes, what);
                Assert.Equal(text, parse(text));
                taken++;
            }
            catch (CertificateFormatException)
            {
                refused++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, round {i}: {e.GetType().Name}: {e.Message}\n{Convert.ToHexString(bytes)}");
            }
        }

        // Both happen, or the changes are of no use.
        Assert.True(taken > 0 && refused > Rounds / 4, $"{taken} taken, {refused} refused");
    }

    private static (string Sample, Func<string, string> Parse) Parser(string what)
    {
        switch (what)
        {
            case "certificate":
                return (CertificateSample.Full().Text, static text => IntervalCertificate.Parse(text).Text);
            case "note":
                return (Note, static text => SignedCheckpoint.Parse(text).ToString());
            case "key":
                return (Key, static text => VerifierKey.Parse(text).ToString());
            case "keys":
                return ($"alldata-log-keys/1\norigin x\nzones 2\nkey {Key} north/a\n", static text => LogTrust.Parse(text).Text);
            case "proof":
                // Signatures that are the same in each run: a proof is read whatever they are worth.
                var proof = CertificateSample.Proof(9, 4);
                var signatures = SignedNote.Parse(Note).Signatures;
                var certificate = proof.Certificate with { Head = proof.Certificate.Head with { Signatures = signatures } };
                return ((proof with { Certificate = certificate }).Text, static text => EventProof.Parse(text).Text);
            case "tile":
                return ("entries/x001/x234/067.p/17", static text => TilePath.Parse(text)?.ToString() ?? throw new CertificateFormatException("not a path"));
            default:
                return ("3,7-9,12-4294967295", static text =>
                    CertificateLines.NumbersOf(text) is { } numbers ? CertificateLines.TextOf(numbers) : throw new CertificateFormatException("not a set"));
        }
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var changed = bytes.ToList();
        for (var i = random.Next(1, 4); i > 0 && changed.Count > 0; i--)
        {
            var at = random.Next(changed.Count);
            var length = Math.Min(random.Next(1, 12), changed.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 1:
                    changed[at] = (byte)('0' + random.Next(10));
                    break;
                case 2:
                    changed.RemoveRange(at, length);
                    break;
                case 3:
                    changed.InsertRange(at, Encoding.UTF8.GetBytes(Words[random.Next(Words.Length)]));
                    break;
                case 4:
                    changed.InsertRange(at, changed.GetRange(random.Next(changed.Count - length + 1), length));
                    break;
                default:
                    var line = changed.IndexOf((byte)'\n', at);
                    changed.RemoveRange(at, line < 0 ? length : line - at + 1);
                    break;
            }
        }

        return [.. changed];
    }
}
