using AllData.Errors;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace AllData.Security;

/// <summary>Lets each call of an Orleans client say which client makes it; a silo that does not know the client yet gets its proof.</summary>
internal sealed class ProofSender(Rotating<ClientCertificates> certificates, IOptions<ClusterOptions> cluster, TimeProvider time) : IOutgoingGrainCallFilter
{
    private volatile Proof? _proof;

    /// <inheritdoc/>
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        var proof = OfNow();
        RequestContext.Set(CallerProof.ContextKey, proof.Name);
        try
        {
            await context.Invoke();
        }
        catch (CallerUnknownException)
        {
            // Refused before anything was done.
            RequestContext.Set(CallerProof.ContextKey, proof.Bytes);
            await context.Invoke();
        }
    }

    // Renewed at half its life: a call that is in flight keeps the one that it has.
    private Proof OfNow()
    {
        var (own, now) = (certificates.Current.Own, time.GetUtcNow());
        if (_proof is { } known && ReferenceEquals(known.Own, own) && now - known.Made is var age && age >= TimeSpan.Zero && age < CallerProof.Lifetime / 2)
        {
            return known;
        }

        var bytes = CallerProof.Make(own, cluster.Value.ClusterId, now);
        return _proof = new Proof(own, now, bytes, CallerProof.NameOf(bytes));
    }

    private sealed record Proof(System.Security.Cryptography.X509Certificates.X509Certificate2 Own, DateTimeOffset Made, byte[] Bytes, byte[] Name);
}
