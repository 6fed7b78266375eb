using AllData.Configuration;
using AllData.Encryption;
using AllData.Security;
using AllData.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace AllData.Tests.Unit.Encryption;

/// <summary>Key files: what is taken, and what is refused at the start.</summary>
public sealed class PayloadKeyFilesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void New_events_have_the_key_of_the_key_file_and_all_are_read_with()
    {
        var (first, second) = (Write("first", new byte[32]), Write("second", [.. Enumerable.Repeat((byte)1, 32)]));
        var keys = PayloadKeyFiles.Read(new EncryptionOptions { KeyFile = second, OtherKeyFiles = $"{first}, {second}" });

        Assert.Equal(new PayloadKey(Enumerable.Repeat((byte)1, 32).ToArray()).Id, keys.Newest!.Id);
        Assert.Equal([keys.Newest.Id, new PayloadKey(new byte[32]).Id], keys.All.Select(static key => key.Id));
        Assert.Null(PayloadKeyFiles.Read(new EncryptionOptions { OtherKeyFiles = first }).Newest);
        Assert.Empty(PayloadKeyFiles.Read(new EncryptionOptions()).All);
    }

    [Theory]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void A_file_that_others_may_read_or_change_is_refused_with_the_way_out(UnixFileMode others)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var file = Write("key", new byte[32]);
        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | others);

        var refusal = Assert.Single(Validate(new AllDataOptions { Encryption = { KeyFile = file } }));

        Assert.StartsWith("AllData:Encryption:KeyFile is", refusal, StringComparison.Ordinal);
        Assert.Contains($"chmod 600 '{file}'", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c2hvcnQ=")]
    [InlineData("this is no base64 of a key, but may be a secret")]
    [InlineData("")]
    public void What_is_no_key_is_refused_without_its_content(string content)
    {
        var file = Path.Combine(_directory.Path, "key");
        WritePrivate(file, content);

        var refusal = Assert.Single(Validate(new AllDataOptions { Encryption = { OtherKeyFiles = file } }));

        Assert.StartsWith("AllData:Encryption:OtherKeyFiles is", refusal, StringComparison.Ordinal);
        Assert.True(content.Length == 0 || !refusal.Contains(content, StringComparison.Ordinal), refusal);
    }

    [Fact]
    public void The_settings_are_known_by_their_names() => SettingsCheck.ThrowIfUnusable(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AllData:Encryption:KeyFile"] = "a.key",
            ["AllData:Encryption:OtherKeyFiles"] = "b.key,c.key",
            ["AllData:Limits:MinFreeBytes"] = "1000",
        }).Build().GetSection("AllData"),
        "AllData", typeof(AllDataOptions), new Dictionary<string, Type?>(), isShared: true);

    [Fact]
    public void A_file_that_is_not_there_is_refused() => Assert.Contains(
        "cannot be used",
        Assert.Single(Validate(new AllDataOptions { Encryption = { KeyFile = Path.Combine(_directory.Path, "none") } })),
        StringComparison.Ordinal);

    [Fact]
    public void Put_only_peers_and_encryption_are_not_set_together()
    {
        var options = new AllDataOptions { Encryption = { KeyFile = Write("key", new byte[32]) } };
        Assert.Empty(Validate(options));
        options.Replication.UsePutOnlyPeers = true;
        Assert.Contains("UsePutOnlyPeers", Assert.Single(Validate(options)), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Validate(AllDataOptions options) => new EncryptionOptionsValidator().Validate(null, options).Failures ?? [];

    private string Write(string name, byte[] key)
    {
        var file = Path.Combine(_directory.Path, name);
        WritePrivate(file, Convert.ToBase64String(key) + "\n");
        return file;
    }

    private static void WritePrivate(string file, string content) => PrivateFiles.Write(file, content);
}
