using System.Security.Cryptography;
using AllData.Certificates;

namespace AllData.Tests.Unit.Certificates;

/// <summary>Notes, keys and checkpoints: the forms of C2SP, with notes that other logs have published.</summary>
public sealed class NoteTests
{
    private const string Rekor = "rekor.sigstore.dev+c0d23d6a+"
        + "AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=";

    private const string RekorNote = "Rekor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n\n\u2014 rekor.sigstore.dev "
        + "wNI9ajBEAiARInWIWyCdyG27CO6LPnPekyw20qO0YJfoaPaowGp/XgIgc+qEHS3+GKVClgqq20uDLet7MCoTURUCRdxwWBHHufk=\n";

    private const string Pixel = "pixel6_transparency_log+91c16e30+"
        + "AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABN+4x0Jk1yTwvLFI9A4NDdGZcX0aiWVdWM5XJVy0M4VWD3AvyW5Q6Hs9A0mcDkpUoYgn+KKPNzFC0H3nN3q6JQ8=";

    private const string PixelNote = "DEFAULT\n10\nbsWRucJU5xJPHb5eBdOm6+DM+VelCZBuvtI3sHERJ9Y=\n\n\u2014 pixel6_transparency_log "
        + "kcFuMDBFAiEAhqMAP8P6qf6QxtUJhzMhbN+MbZ9dwfUHzGQJmffJHtoCIGD0cNe47dHWBoPwYdgBCepB06/+g5O1FmYjXl06owL4\n";

    // The example of C2SP signed-note: its text has an empty line, and its key is of another type.
    private const string Poem = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u00e8 subito sera.\n\n"
        + "\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    private const string Sofa = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 example.com/behind-the-sofa "
        + "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    [Theory]
    [InlineData(Rekor, RekorNote, "Rekor", 798_034)]
    [InlineData(Pixel, PixelNote, "DEFAULT", 10)]
    public void Checkpoints_that_other_logs_have_signed_are_read_and_hold(string key, string note, string origin, long size)
    {
        var verifier = VerifierKey.Parse(key);
        Assert.Equal(key, verifier.ToString());
        var signed = SignedCheckpoint.Parse(note);
        Assert.Equal((origin, size), (signed.Head.Origin, signed.Head.Size));
        Assert.Equal(note, signed.ToString());
        Assert.Equal(verifier, Assert.Single(signed.Note.SignersAmong([verifier])));

        string[] changes =
        [
            note.Replace($"{origin}\n", $"{origin}x\n", StringComparison.Ordinal),
            note.Replace($"\n{size}\n", $"\n{size + 1}\n", StringComparison.Ordinal),
            $"{note[..^4]}{(note[^4] == 'A' ? 'B' : 'A')}{note[^3..]}",
        ];
        foreach (var changed in changes)
        {
            var other = SignedNote.Parse(changed);
            Assert.Empty(other.SignersAmong([verifier]));
            Assert.Equal(verifier, Assert.Single(other.ForgedAmong([verifier])));
        }
    }

    [Theory]
    [InlineData(Poem, "quasimodo.example/salvatore", 0x367ba04bu)]
    [InlineData(Sofa, "example.com/behind-the-sofa", 0x033de0aeu)]
    public void The_examples_of_the_specification_are_read_as_they_are_written(string note, string name, uint id)
    {
        var read = SignedNote.Parse(note);
        Assert.Equal((name, id), (Assert.Single(read.Signatures).Name, read.Signatures[0].KeyId));
        Assert.Equal(note, read.ToString());
        Assert.Empty(read.SignersAmong([VerifierKey.Parse(Rekor)]));
    }

    [Fact]
    public void A_text_is_signed_by_each_key_once_however_many_signatures_it_has()
    {
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (one, two) = (new NoteSigner("a/1", first), new NoteSigner("a/2", second));
        var head = new SignedCheckpoint(new Checkpoint("a", 5, TreeHash.Of([1])), []);
        head = head.With(one.Sign(head.Head.Text)).With(one.Sign(head.Head.Text)).With(two.Sign(head.Head.Text));

        var read = SignedCheckpoint.Parse(head.ToString());
        Assert.Equal(3, read.Signatures.Length);
        Assert.Equal([one.Key, two.Key], read.Note.SignersAmong([one.Key, two.Key, one.Key]).AsEnumerable());
        Assert.Empty(read.Note.ForgedAmong([one.Key, two.Key]));

        // The same key under another name, and another key under the same name, are other keys.
        Assert.Empty(read.Note.SignersAmong([new NoteSigner("a/3", first).Key, new NoteSigner("a/1", second).Key]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n\n")]
    [InlineData("text\n\n\u2014 name AAAAAAA=")]
    [InlineData("text\n\n\u2014 name AAAAAAA=\n ")]
    [InlineData("text\n\n- name AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 na+me AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 AAAAAAA=\n")]
    [InlineData("text\n\n\u2014  name AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 name AAAA\n")]
    [InlineData("text\n\n\u2014 name AAAAAAB=\n")]
    [InlineData("te\rxt\n\n\u2014 name AAAAAAA=\n")]
    [InlineData("te\0xt\n\n\u2014 name AAAAAAA=\n")]
    public void What_is_not_a_note_is_refused(string note) => Assert.Throws<CertificateFormatException>(() => SignedNote.Parse(note));

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused_and_not_replaced()
    {
        Assert.Throws<CertificateFormatException>(() => SignedNote.Parse([.. "te"u8, 0xFF, .. "xt\n\n\u2014 name AAAAAAA=\n"u8]));
        Assert.Throws<CertificateFormatException>(() => SignedNote.Parse("te\ud800xt\n\n\u2014 name AAAAAAA=\n"));
        Assert.Equal("text\n", SignedNote.Parse("text\n\n\u2014 name AAAAAAA=\n"u8).Text);
        Assert.Throws<CertificateFormatException>(() => SignedNote.Parse(new string('a', SignedNote.MaxLength) + "\n\n\u2014 name AAAAAAA=\n"));
    }

    [Theory]
    [InlineData("Rekor\n798034\n")]
    [InlineData("Rekor\n0798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n")]
    [InlineData("Rekor\n-1\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n")]
    [InlineData("Rekor\n9223372036854775808\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n")]
    [InlineData("Rekor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\nmore\n")]
    [InlineData("Re kor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n")]
    [InlineData("\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n")]
    [InlineData("Rekor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6\n")]
    public void What_is_not_a_checkpoint_is_refused(string text) => Assert.Throws<CertificateFormatException>(() => Checkpoint.Parse(text));

    [Theory]
    [InlineData("rekor.sigstore.dev+12345678+Aj", "Lc=")]
    [InlineData("rekor.sigstore.dev+C0D23D6A+Aj", "Lc=")]
    [InlineData("rekor.sigstore.dev+c0d23d6a+AT", "Lc=")]
    [InlineData("rekor.sigstore.dev+c0d23d6a+Aj", "LY=")]
    [InlineData("rekor.sigstore.dev+c0d23d6a+Aj", "L")]
    [InlineData("rekor sigstore.dev+c0d23d6a+Aj", "Lc=")]
    [InlineData("+c0d23d6a+Aj", "Lc=")]
    public void What_is_not_a_verifier_key_is_refused(string start, string end)
    {
        const string between = "BZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkW";
        Assert.Equal(Rekor, $"rekor.sigstore.dev+c0d23d6a+Aj{between}Lc=");
        Assert.Throws<CertificateFormatException>(() => VerifierKey.Parse(start + between + end));
    }

    [Fact]
    public void A_key_of_another_curve_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<CertificateFormatException>(() => new NoteSigner("a", other));
        Assert.Throws<CertificateFormatException>(() => VerifierKey.Of("a b", Convert.FromBase64String(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==")));
    }
}
