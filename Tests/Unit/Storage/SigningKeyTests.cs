using System.Security.Cryptography;
using System.Text;
using AllData.Storage.Directories;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>The key that a data directory signs with.</summary>
public sealed class SigningKeyTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string KeyPath => Path.Combine(_folder.Path, DataDirectory.KeyName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_made_once_for_this_user_alone_and_its_public_key_verifies_what_it_signs()
    {
        var text = Encoding.UTF8.GetBytes("text");
        using var made = SigningKey.OpenOrCreate(KeyPath);
        using var again = SigningKey.OpenOrCreate(KeyPath);
        Assert.Equal(made.PublicKey, again.PublicKey);
        Assert.True(SigningKey.IsPublicKey(made.PublicKey));
        using var verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(Convert.FromBase64String(made.PublicKey), out _);
        Assert.True(verifier.VerifyData(text, again.Use(key => key.SignData(text, HashAlgorithmName.SHA256)), HashAlgorithmName.SHA256));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
        }
    }

    [Fact]
    public void A_file_that_is_no_key_of_this_kind_or_that_others_may_read_is_refused_with_the_way_out()
    {
        using var otherCurve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var ofCurve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var content in new[] { "", "nonsense", otherCurve.ExportPkcs8PrivateKeyPem(), ofCurve.ExportSubjectPublicKeyInfoPem() })
        {
            File.WriteAllText(KeyPath, content);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            var refusal = Assert.Throws<DataDirectoryException>(() => SigningKey.OpenOrCreate(KeyPath));
            Assert.Contains("renew-directory", refusal.Message, StringComparison.Ordinal);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.WriteAllText(KeyPath, ofCurve.ExportPkcs8PrivateKeyPem());
            File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Contains("chmod 600", Assert.Throws<DataDirectoryException>(() => SigningKey.Read(KeyPath)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("no base64!")]
    public void What_is_no_public_key_is_none(string text) => Assert.False(SigningKey.IsPublicKey(text));
}
