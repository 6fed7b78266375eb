using System.Net;
using AllData.LocalCluster;

namespace AllData.Tests.Support;

/// <summary>Finds room for a local cluster.</summary>
internal static class FreePorts
{
    private const int First = 23_000;
    private const int Last = 23_600;
    private const int Step = 7;

    /// <summary>A base port whose cluster finds all of its ports free now.</summary>
    public static int ForLocalCluster(int peers)
    {
        for (var port = First + (Environment.ProcessId % Step); port < Last; port += Step)
        {
            var ports = LocalClusterLayout.Create("unused", port, peers).Peers.SelectMany(peer => peer.Ports);
            if (!PortCheck.Complaints(IPAddress.Loopback, ports).Any())
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No {3 * peers} free ports between {First} and {Last}.");
    }
}
