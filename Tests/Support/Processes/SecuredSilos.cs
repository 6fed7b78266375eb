using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using AllData.Client.Connection;
using AllData.Security;
using AllData.Tests.Unit.Remote;

namespace AllData.Tests.Support;

/// <summary>Silos with certificates as processes, the authorities of silos and of clients, and what clients may do.</summary>
internal sealed class SecuredSilos : IDisposable
{
    /// <summary>How long a caller may take.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _data = new();
    private readonly string _principals;

    /// <param name="principals">What clients may do.</param>
    public SecuredSilos(params IEnumerable<Principal> principals)
    {
        _principals = Path.Combine(_data.Path, "principals.json");
        File.WriteAllBytes(_principals, new PrincipalsDocument([.. principals]).Write());
    }

    /// <summary>The authority of silos.</summary>
    public TestCertificates Silos { get; } = new("silos");

    /// <summary>The authority of clients.</summary>
    public TestCertificates Clients { get; } = new("clients");

    /// <summary>The HTTP port of the first silo; silo ports are 100 above, gateways 200.</summary>
    public int BasePort { get; } = FreePorts.ForProcesses(2);

    /// <summary>The first silo over HTTPS.</summary>
    public Uri Address => new($"https://localhost:{BasePort}");

    /// <summary>A certificate as it is shown.</summary>
    public static X509Certificate2 Load((string Certificate, string Key, string Thumbprint) files) =>
        X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);

    /// <summary>How a caller begins TLS. The silo's certificate is not what is tried.</summary>
    /// <param name="certificate">What it shows, or null.</param>
    public static SslClientAuthenticationOptions TlsWith(X509Certificate2? certificate) => new()
    {
        TargetHost = "localhost",
        ClientCertificates = certificate is null ? null : [certificate],
        RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
    };

    /// <summary>Where the gateways are, and what a client shows them.</summary>
    public ClusterAddress AddressWith((string Certificate, string Key, string Thumbprint) shown) => new(
        [new GatewayAddress("127.0.0.1", BasePort + 200), new GatewayAddress("127.0.0.1", BasePort + 201)], "alldata", "alldata", Bound, Bound)
    {
        Tls = TlsOf(shown),
    };

    /// <summary>What a client shows, and which silos it trusts.</summary>
    public AllDataTlsOptions TlsOf((string Certificate, string Key, string Thumbprint) shown) => new()
    {
        CertificateFile = shown.Certificate,
        KeyFile = shown.Key,
        SiloCaFile = Silos.AuthorityFile,
    };

    /// <summary>Connects a client of a name.</summary>
    public Task<IClusterConnection> ConnectAsync(string client) =>
        new OrleansConnector(TimeProvider.System).ConnectAsync(AddressWith(Clients.Issue(client)), CancellationToken.None);

    /// <summary>The directory of a silo.</summary>
    public string DataOf(string silo) => Path.Combine(_data.Path, silo);

    /// <summary>Starts a silo and waits until it takes events.</summary>
    /// <param name="name">Its peer.</param>
    /// <param name="index">Which of them it is, from 0.</param>
    /// <param name="settings">Settings of the form <c>--Section:Name=value</c>.</param>
    public async Task<SiloProgram> StartAsync(string name, int index, params string[] settings)
    {
        var own = Silos.Issue(name, host: $"{name}.silo.alldata");
        var program = SiloProgram.Start(
        [
            $"--AllData:Peer:Id={name}", $"--AllData:Http:Port={BasePort + index}", $"--AllData:Silo:SiloPort={BasePort + 100 + index}",
            $"--AllData:Silo:GatewayPort={BasePort + 200 + index}", $"--AllData:DataDirectory={DataOf(name)}",
            $"--AllData:Cluster:DatabaseFile={Path.Combine(_data.Path, "cluster.db")}",
            $"--AllData:Security:CertificateFile={own.Certificate}", $"--AllData:Security:KeyFile={own.Key}",
            $"--AllData:Security:SiloCaFile={Silos.AuthorityFile}", $"--AllData:Security:ClientCaFile={Clients.AuthorityFile}",
            $"--AllData:Security:PrincipalsFile={_principals}", .. settings,
        ]);
        await program.PrintsAsync($"Peer {name} takes events at");
        return program;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Silos.Dispose();
        Clients.Dispose();
        _data.Dispose();
    }
}
