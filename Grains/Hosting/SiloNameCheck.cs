using AllData.Configuration;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace AllData.Hosting;

/// <summary>Refuses a silo whose name is not its peer's: other silos could not find the peer.</summary>
internal sealed class SiloNameCheck(IOptions<SiloOptions> silo, IOptions<AllDataOptions> options) : IConfigurationValidator
{
    /// <inheritdoc/>
    /// <exception cref="OrleansConfigurationException">Something has changed the name after AddAllData.</exception>
    public void ValidateConfiguration()
    {
        if (silo.Value.SiloName != options.Value.Peer.Id)
        {
            throw new OrleansConfigurationException(
                $"The silo is named '{silo.Value.SiloName}' and its peer '{options.Value.Peer.Id}' (AllData:Peer:Id): silos find a peer by the name of "
                    + "its silo. "
                + "Leave SiloOptions.SiloName to AddAllData, or give both the same name.");
        }
    }
}
