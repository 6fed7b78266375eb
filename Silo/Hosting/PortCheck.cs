using System.Net;
using System.Net.Sockets;

namespace AllData.Silo.Hosting;

/// <summary>Checks whether ports are free, before anything starts.</summary>
internal static class PortCheck
{
    /// <summary>A sentence for each port that cannot be listened on.</summary>
    public static IEnumerable<string> Complaints(IPAddress address, IEnumerable<(int Port, string Purpose)> ports)
    {
        foreach (var (port, purpose) in ports)
        {
            if (Refusal(address, port) is { } reason)
            {
                yield return $"Port {port} ({purpose}) cannot be used: {reason}.";
            }
        }
    }

    private static string? Refusal(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "another process listens on it" : e.Message;
        }
    }
}
