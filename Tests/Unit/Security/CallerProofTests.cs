using System.Security.Cryptography.X509Certificates;
using AllData.Errors;
using AllData.Security;
using AllData.Tests.Support;
using AllData.Tests.Unit.Remote;

namespace AllData.Tests.Unit.Security;

/// <summary>How a client's calls say which client makes them.</summary>
public sealed class CallerProofTests : IDisposable
{
    private readonly TestCertificates _clients = new("clients");
    private readonly TestCertificates _others = new("others");
    private readonly SteppedTime _time = new(TimeProvider.System.GetUtcNow());
    private PrincipalsDocument _principals = new([new Principal("app", StoreRoles.Writer, [], [])]);
    private CertificateTrust _trust;

    public CallerProofTests() => _trust = Trust();

    public void Dispose()
    {
        _clients.Dispose();
        _others.Dispose();
    }

    [Fact]
    public void A_client_is_known_by_the_name_of_its_proof_when_it_has_shown_it()
    {
        var (callers, proof) = (Callers(), Proof(_clients));
        Assert.Throws<CallerUnknownException>(() => callers.Find(CallerProof.NameOf(proof)));

        Assert.Equal("app", callers.Find(proof).Name);
        Assert.Equal("app", callers.Find(CallerProof.NameOf(proof)).Name);
    }

    [Fact]
    public void A_proof_ends_with_its_time_with_the_trust_and_with_the_line_in_the_file()
    {
        var (callers, proof) = (Callers(), Proof(_clients));
        callers.Find(proof);
        _principals = new PrincipalsDocument([]);
        Assert.Contains("'app'", Assert.Throws<CallerRefusedException>(() => callers.Find(CallerProof.NameOf(proof))).Message, StringComparison.Ordinal);

        _principals = new PrincipalsDocument([new Principal("app", StoreRoles.Writer, [], [])]);
        _trust = Trust();
        Assert.Throws<CallerUnknownException>(() => callers.Find(CallerProof.NameOf(proof)));

        callers.Find(proof);
        _time.Advance(CallerProof.Lifetime + TimeSpan.FromSeconds(1));
        Assert.Throws<CallerUnknownException>(() => callers.Find(CallerProof.NameOf(proof)));
        Assert.Contains("Compare the clocks", Assert.Throws<CallerRefusedException>(() => callers.Find(proof)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_proof_of_a_trusted_client_of_this_cluster_is_refused()
    {
        var callers = Callers();
        Assert.Throws<CallerRefusedException>(() => callers.Find(null));
        Assert.Throws<CallerRefusedException>(() => callers.Find(Proof(_others)));
        Assert.Throws<CallerRefusedException>(() => callers.Find(Proof(_clients, cluster: "other")));
        Assert.Throws<CallerRefusedException>(() => callers.Find(Proof(_clients, made: CallerProof.Skew + TimeSpan.FromSeconds(1))));
        Assert.Throws<CallerRefusedException>(() => callers.Find(new byte[CallerProof.MaxLength + 1]));
        Assert.Throws<CallerRefusedException>(() => callers.Find([]));
    }

    [Fact]
    public void A_proof_with_any_bit_changed_is_refused()
    {
        var (callers, proof) = (Callers(), Proof(_clients));
        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= 0x10;
            Assert.Throws<CallerRefusedException>(() => callers.Find(proof));
            proof[i] ^= 0x10;
        }

        callers.Find(proof);
    }

    private KnownCallers Callers() => new(() => _principals, () => _trust, "alldata", _time);

    private CertificateTrust Trust() => new(CertificateFiles.ReadAuthorities("x", _clients.AuthorityFile), new HashSet<string>(), _time);

    private byte[] Proof(TestCertificates authority, string cluster = "alldata", TimeSpan made = default)
    {
        var (certificate, key, _) = authority.Issue("app");
        using var own = X509Certificate2.CreateFromPemFile(certificate, key);
        return CallerProof.Make(own, cluster, _time.GetUtcNow() + made);
    }
}
