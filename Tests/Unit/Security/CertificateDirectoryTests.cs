using System.Security.Cryptography.X509Certificates;
using AllData.Client.Commands;
using AllData.Security;
using AllData.Tests.Support;
using AllData.Tests.Unit.Client;

namespace AllData.Tests.Unit.Security;

/// <summary><c>alldata security init</c>.</summary>
public sealed class CertificateDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ClientRun _run = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_is_trusted_where_it_is_to_be_and_nowhere_else()
    {
        Assert.Equal(ExitCodes.Done, await InitAsync("--silos", "north-a,north-b", "--clients", "app", "--cluster-id", "mine"));

        Assert.Contains("Made in ", _run.Output);
        Assert.Null(_run.Address);
        using var silo = X509Certificate2.CreateFromPemFile(FileOf("north-a.pem"), FileOf("north-a.key"));
        using var app = X509Certificate2.CreateFromPemFile(FileOf("app.pem"), FileOf("app.key"));
        var (silos, clients) = (Trust("silo-ca.pem"), Trust("client-ca.pem"));
        Assert.Null(silos.WhyRefusedAsServerNamed(silo, null, "*.silo.mine"));
        Assert.Null(silos.WhyRefusedAsClientNamed(silo, null, "*.silo.mine"));
        Assert.Null(clients.WhyRefusedAsClient(app, null));
        Assert.Contains("no name of *.silo.other", silos.WhyRefusedAsServerNamed(silo, null, "*.silo.other"));
        Assert.NotNull(clients.WhyRefusedAsClient(silo, null));
        Assert.NotNull(silos.WhyRefusedAsClientNamed(app, null, "*.silo.mine"));
    }

    [Fact]
    public async Task What_is_there_stays_and_its_authority_signs_what_is_missing()
    {
        await InitAsync("--silos", "north-a");
        var before = File.ReadAllText(FileOf("north-a.pem"));

        Assert.Equal(ExitCodes.Done, await InitAsync("--silos", "north-a,north-b", "--json"));

        Assert.Equal(before, File.ReadAllText(FileOf("north-a.pem")));
        Assert.Contains("\"made\":[\"north-b\"]", _run.Output.Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""));
        using var added = X509Certificate2.CreateFromPemFile(FileOf("north-b.pem"), FileOf("north-b.key"));
        Assert.Null(Trust("silo-ca.pem").WhyRefusedAsServerNamed(added, null, "*.silo.alldata"));
    }

    [Fact]
    public async Task A_certificate_that_is_kept_and_lacks_a_host_is_named()
    {
        await InitAsync("--silos", "north-a,north-b", "--hosts", "10.0.0.5,store.example");
        Assert.DoesNotContain("does not name", _run.Output, StringComparison.Ordinal);

        await InitAsync("--silos", "north-a", "--hosts", "STORE.example");
        Assert.DoesNotContain("does not name", _run.Output, StringComparison.Ordinal);

        await InitAsync("--silos", "north-a,north-c", "--hosts", "10.0.0.5,127.0.0.2");
        Assert.Contains($"{FileOf("north-a.pem")} was there already and does not name all of --hosts: remove it", _run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain($"{FileOf("north-c.pem")} was there", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_for_their_owner_only()
    {
        await InitAsync("--clients", "app");

        Assert.All(
            Directory.GetFiles(DirectoryOf),
            static file => Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), file));
        Assert.Equal(4 + 2 + 1, Directory.GetFiles(DirectoryOf).Length);
    }

    [Fact]
    public async Task Clients_get_the_roles_that_were_named_and_keep_them_when_more_are_added()
    {
        await InitAsync("--clients", "app,ops:operator");
        await InitAsync("--clients", "ops:reader,batch:reader+operator");

        Assert.Equal("app Reader, Writer; batch Reader, Operator; ops Operator", Principals());
        Assert.Contains("ops: the roles stay as they are in ", _run.Output, StringComparison.Ordinal);
        Assert.Contains("principals.json: batch.", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_was_taken_away_does_not_come_back_with_the_certificates_of_others()
    {
        await InitAsync("--clients", "app,ops:operator");
        await File.WriteAllBytesAsync(FileOf("principals.json"), new PrincipalsDocument([new Principal("ops", StoreRoles.Operator, [], [])]).Write());
        File.Delete(FileOf("ops.pem"));

        Assert.Equal(ExitCodes.Done, await InitAsync("--clients", "app,ops:operator"));

        Assert.True(File.Exists(FileOf("ops.pem")));
        Assert.Equal("ops Operator", Principals());
    }

    [Fact]
    public async Task A_key_is_shown_once_and_the_file_has_its_hash()
    {
        await InitAsync("--clients", "app:reader");
        Assert.Equal(ExitCodes.Usage, await KeyAsync("new"));
        Assert.Contains("has no principal 'new'", _run.Error);

        Assert.Equal(ExitCodes.Done, await KeyAsync("app"));
        var key = _run.Output.Trim().Split('\n')[^1];
        Assert.StartsWith("alldata_", key, StringComparison.Ordinal);
        Assert.DoesNotContain(key, File.ReadAllText(FileOf("principals.json")), StringComparison.Ordinal);
        Assert.Equal("app", PrincipalsDocument.ReadFile("x", FileOf("principals.json")).FindByKey(key)?.Name);

        Assert.Equal(ExitCodes.Done, await KeyAsync("new", "--roles", "writer"));
        Assert.Equal("app Reader; new Writer", Principals());
    }

    [Theory]
    [InlineData("Name silos", "--days", "1")]
    [InlineData("'../x'", "--silos", "../x")]
    [InlineData("'silo-ca'", "--clients", "silo-ca")]
    [InlineData("'admin' is no role", "--clients", "app:admin")]
    [InlineData("--days is '0'", "--clients", "app", "--days", "0")]
    public async Task What_cannot_be_is_refused_and_nothing_is_made(string sentence, params string[] arguments)
    {
        Assert.Equal(ExitCodes.Usage, await InitAsync(arguments));

        Assert.Contains(sentence, _run.Error);
        Assert.False(Directory.Exists(DirectoryOf));
    }

    private string DirectoryOf => Path.Combine(_directory.Path, "certs");

    private string FileOf(string name) => Path.Combine(DirectoryOf, name);

    private CertificateTrust Trust(string file) => new(CertificateFiles.ReadAuthorities("x", FileOf(file)), new HashSet<string>(), _run.Time);

    private string Principals() => string.Join(
        "; ", PrincipalsDocument.ReadFile("x", FileOf("principals.json")).Principals.Select(static p => $"{p.Name} {p.Roles}"));

    private Task<int> KeyAsync(string name, params string[] arguments) =>
        _run.RunAsync(["security", "key", name, "--principals", FileOf("principals.json"), .. arguments]);

    private Task<int> InitAsync(params string[] arguments) => _run.RunAsync(["security", "init", "--out", DirectoryOf, .. arguments]);
}
