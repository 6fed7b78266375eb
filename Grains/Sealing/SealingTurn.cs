using AllData.Errors;
using AllData.Membership;
using AllData.Peers;

namespace AllData.Sealing;

/// <summary>Whose turn it is to seal: the first in order that can use its log. One that cannot read it does not answer about it.</summary>
internal sealed class SealingTurn(SealingPeer sealingPeer, OtherCosigners others, Cosigner cosigner, ICoordinatingPeer own)
{
    /// <summary>The peer; null: none that answers.</summary>
    public async Task<PeerId?> FindAsync()
    {
        foreach (var peer in sealingPeer.InOrder)
        {
            var standing = peer == own.Id ? await GetOwnAsync() : (await others.AskAsync(peer, static cosigner => cosigner.GetStandingAsync())).Value;
            if (standing is { IsReadOnly: false })
            {
                return peer;
            }
        }

        return null;
    }

    private async Task<LogStanding?> GetOwnAsync()
    {
        try
        {
            return await cosigner.GetStandingAsync();
        }
        catch (CertificateException)
        {
            return null;
        }
    }
}
