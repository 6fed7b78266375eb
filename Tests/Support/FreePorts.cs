using System.Net;
using AllData.Silo.Hosting;
using AllData.Silo.LocalCluster;

namespace AllData.Tests.Support;

/// <summary>Finds room for a local cluster.</summary>
internal static class FreePorts
{
    private const int First = 23_000;
    private const int Last = 23_600;
    private const int FirstForProcesses = 24_000;
    private const int LastForProcesses = 26_600;
    private const int Step = 7;

    // More than tests run side by side, and few enough for the smallest range.
    private const int Remembered = 24;

    private static readonly Lock Gate = new();
    private static readonly Queue<List<int>> Given = [];
    private static readonly Queue<List<int>> GivenToProcesses = [];

    /// <summary>A base port whose cluster finds all of its ports free now; no other test that runs now is given one of them.</summary>
    public static int ForLocalCluster(int peers) => Find(peers, First, Last, Given);

    /// <summary>The same out of a range of its own, for clusters that leave their ports for a while and come back to them.</summary>
    public static int ForProcesses(int peers, int clusters = 1) => Find(peers, FirstForProcesses, LastForProcesses, GivenToProcesses, clusters);

    private static int Find(int peers, int first, int last, Queue<List<int>> given, int clusters = 1)
    {
        // Not all from the start of the range: another test run may have left its ports for a moment, to come back to them.
        var slots = (last - first) / Step;
        for (var i = 0; i < slots; i++)
        {
            var port = first + (Step * ((Environment.ProcessId + i) % slots));
            var ports = LocalClusterLayout.Create("unused", port, peers, clusters).Peers.SelectMany(peer => peer.Ports).ToList();
            if (!PortCheck.Complaints(IPAddress.Loopback, ports).Any() && TryTake(ports.ConvertAll(static p => p.Port), given))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No {3 * peers} free ports between {first} and {last}.");
    }

    // Free is not enough: tests side by side find the same ports free before either listens on them.
    private static bool TryTake(List<int> ports, Queue<List<int>> given)
    {
        lock (Gate)
        {
            if (given.Any(others => others.Intersect(ports).Any()))
            {
                return false;
            }

            given.Enqueue(ports);
            if (given.Count > Remembered)
            {
                given.Dequeue();
            }

            return true;
        }
    }
}
