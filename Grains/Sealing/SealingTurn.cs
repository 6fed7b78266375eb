using AllData.Errors;
using AllData.Membership;
using AllData.Peers;

namespace AllData.Sealing;

/// <summary>Whose turn it is to seal: the first in order that can use its log. One that cannot does not answer about it.</summary>
internal sealed class SealingTurn(SealingPeer sealingPeer, OtherCosigners others, PeerCertificateLog log, ICoordinatingPeer own)
{
    /// <summary>The peer; null: none that answers.</summary>
    public async Task<PeerId?> FindAsync()
    {
        foreach (var peer in sealingPeer.InOrder)
        {
            if (peer == own.Id ? await IsUsableAsync() : (await others.AskAsync(peer, static cosigner => cosigner.GetStandingAsync())).Has)
            {
                return peer;
            }
        }

        return null;
    }

    private async Task<bool> IsUsableAsync()
    {
        try
        {
            return await log.UseAsync(static _ => true);
        }
        catch (CertificateException)
        {
            return false;
        }
    }
}
