using AllData.Configuration;
using AllData.Remote.Http;
using AllData.Remote.Http.Tls;
using AllData.Silo.Http.Peers;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Remote;

/// <summary>Which callers are let in at the peer port, and which a silo calls: real TLS on a loopback connection.</summary>
public sealed class PeerTlsTests : IDisposable
{
    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _foreign = new("foreign");

    public void Dispose()
    {
        _ours.Dispose();
        _foreign.Dispose();
    }

    [Fact]
    public async Task Silos_with_certificates_of_one_authority_reach_each_other()
    {
        await using var port = await PeerPort.StartAsync(Identify("server"));
        using var client = PeerPort.Client(o => Identify("caller")(o.Peers.Http));

        Assert.StartsWith("https://", port.Address);
        await client.Connect(PeerPort.Name, port.Address).PingAsync();
        Assert.Empty(port.Log.Alarms);
    }

    [Fact]
    public async Task Certificates_that_are_trusted_themselves_need_no_authority_and_no_name()
    {
        var server = _ours.Issue("server", host: "somewhere.else", isSelfSigned: true);
        var caller = _ours.Issue("caller", isSelfSigned: true);
        await using var port = await PeerPort.StartAsync(o => (o.CertificateFile, o.KeyFile, o.TrustedThumbprints) =
            (server.Certificate, server.Key, caller.Thumbprint));
        using var client = PeerPort.Client(o => (o.Peers.Http.CertificateFile, o.Peers.Http.KeyFile, o.Peers.Http.TrustedThumbprints) =
            (caller.Certificate, caller.Key, $"{new string('A', 64)}, {server.Thumbprint.ToLowerInvariant()}"));

        await client.Connect(PeerPort.Name, port.Address).PingAsync();
    }

    [Theory]
    [InlineData("foreign", "neither of a trusted authority")]
    [InlineData("expired", "is valid from")]
    [InlineData("early", "is valid from")]
    [InlineData("selfSigned", "neither of a trusted authority")]
    [InlineData("serverOnly", "for this use")]
    public async Task A_caller_whose_certificate_is_not_trusted_is_refused_and_told_once(string kind, string reason)
    {
        await using var port = await PeerPort.StartAsync(Identify("server"));
        var (certificate, key, _) = kind switch
        {
            "foreign" => _foreign.Issue("caller"),
            "expired" => _ours.Issue("caller", from: -5, to: -2),
            "early" => _ours.Issue("caller", from: 2, to: 5),
            "selfSigned" => _ours.Issue("caller", isSelfSigned: true),
            _ => _ours.Issue("caller", uses: TestCertificates.ServerOnly),
        };
        using var client = PeerPort.Client(o => (o.Peers.Http.CertificateFile, o.Peers.Http.KeyFile, o.Peers.Http.TrustedCaFile) =
            (certificate, key, _ours.AuthorityFile));

        await RefusedTwiceAndToldOnceAsync(port, client, reason);
    }

    [Fact]
    public async Task A_caller_without_a_certificate_is_refused_and_told_once()
    {
        await using var port = await PeerPort.StartAsync(Identify("server"));
        for (var i = 0; i < 2; i++)
        {
            using var handler = new SocketsHttpHandler();
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null;
            using var bare = new HttpClient(handler) { DefaultRequestVersion = new Version(2, 0) };
            await Assert.ThrowsAsync<HttpRequestException>(() => bare.GetAsync(new Uri($"{port.Address}/alldata/peers/1/west-a/ping")));
        }

        Assert.Contains("it shows no certificate", Assert.Single(port.Log.Alarms).Message);
    }

    [Theory]
    [InlineData("foreign")]
    [InlineData("expired")]
    [InlineData("otherHost")]
    public async Task A_server_whose_certificate_is_not_trusted_gets_no_call(string kind)
    {
        var (certificate, key, _) = kind switch
        {
            "foreign" => _foreign.Issue("server"),
            "expired" => _ours.Issue("server", from: -5, to: -2),
            _ => _ours.Issue("server", host: "somewhere.else"),
        };
        await using var port = await PeerPort.StartAsync(o => (o.CertificateFile, o.KeyFile, o.TrustedCaFile) = (certificate, key, _ours.AuthorityFile));
        using var client = PeerPort.Client(o => Identify("caller")(o.Peers.Http));

        await Assert.ThrowsAsync<IOException>(() => client.Connect(PeerPort.Name, port.Address).AppendAsync(TestBlocks.One(1).Bytes));
        Assert.Empty(port.Peer.Arrived);
    }

    [Fact]
    public async Task A_caller_in_clear_gets_nothing_from_a_port_with_certificates()
    {
        await using var port = await PeerPort.StartAsync(Identify("server"));
        using var client = PeerPort.Client();

        await Assert.ThrowsAsync<IOException>(
            () => client.Connect(PeerPort.Name, port.Address.Replace("https", "http", StringComparison.Ordinal)).PingAsync());
    }

    [Fact]
    public void Refusals_are_told_once_an_hour_and_not_without_bound()
    {
        var log = new RecordedLog();
        var time = new FakeTimeProvider();
        var refused = new RefusedCallers(time, new Microsoft.Extensions.Logging.Logger<RefusedCallers>(
            new Microsoft.Extensions.Logging.LoggerFactory([log])));
        for (var i = 0; i < 3 * RefusedCallers.MostTold; i++)
        {
            refused.OnRefused($"10.0.0.{i / 2}", "it shows no certificate");
        }

        Assert.Equal(RefusedCallers.MostTold + 1, log.Alarms.Length);
        time.Advance(RefusedCallers.Window);
        refused.OnRefused("10.0.0.1", "it shows no certificate");
        Assert.Equal(RefusedCallers.MostTold + 2, log.Alarms.Length);
    }

    [Fact]
    public void Options_that_would_let_anybody_in_or_cannot_be_used_are_refused_with_the_option()
    {
        var good = _ours.Issue("good");
        Assert.Null(FaultOf(static _ => { }));
        Assert.Null(FaultOf(Identify("server")));
        Assert.Null(FaultOf(o => (o.Port, o.Address, o.CertificateFile, o.KeyFile, o.TrustedCaFile) =
            (8381, "0.0.0.0", good.Certificate, good.Key, _ours.AuthorityFile)));
        Assert.Contains("anybody could write and read", FaultOf(static o => (o.Port, o.Address) = (8381, "0.0.0.0")));
        Assert.Contains("not an IP address", FaultOf(static o => o.Address = "here"));
        Assert.Contains("Port is 70000", FaultOf(static o => o.Port = 70_000));
        Assert.Contains("nobody is trusted", FaultOf(o => (o.CertificateFile, o.KeyFile) = (good.Certificate, good.Key)));
        Assert.Contains("others are trusted", FaultOf(o => o.TrustedCaFile = _ours.AuthorityFile));
        Assert.Contains("CertificateFile is '/nowhere.pem'", FaultOf(o => (o.CertificateFile, o.TrustedCaFile) = ("/nowhere.pem", _ours.AuthorityFile)));
        Assert.Contains("no SHA-256 thumbprint", FaultOf(o => (o.CertificateFile, o.KeyFile, o.TrustedThumbprints) = (good.Certificate, good.Key, "AB:CD")));
        Assert.Contains("TrustedCaFile", FaultOf(o => (o.CertificateFile, o.KeyFile, o.TrustedCaFile) = (good.Certificate, good.Key, good.Key)));
        Assert.Contains("MaxWaitingBytes", FaultOf(static o => (o.Port, o.MaxWaitingBytes) = (8381, 1_000)));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(good.Key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Contains("chmod 600", FaultOf(o => (o.CertificateFile, o.KeyFile, o.TrustedCaFile) = (good.Certificate, good.Key, _ours.AuthorityFile)));
        }
    }

    private static string? FaultOf(Action<PeerHttpOptions> configure)
    {
        var options = new AllDataOptions();
        configure(options.Peers.Http);
        return new PeerHttpOptionsValidator(TimeProvider.System).Validate(null, options).FailureMessage;
    }

    private static async Task RefusedTwiceAndToldOnceAsync(PeerPort port, HttpPeerClient client, string reason)
    {
        var replica = client.Connect(PeerPort.Name, port.Address);
        await Assert.ThrowsAsync<IOException>(() => replica.AppendAsync(TestBlocks.One(1).Bytes));
        await Assert.ThrowsAsync<IOException>(() => replica.PingAsync());

        Assert.Empty(port.Peer.Arrived);
        Assert.Contains(reason, Assert.Single(port.Log.Alarms).Message);
    }

    private Action<PeerHttpOptions> Identify(string name) => o =>
    {
        (o.CertificateFile, o.KeyFile, _) = _ours.Issue(name);
        o.TrustedCaFile = _ours.AuthorityFile;
    };
}
