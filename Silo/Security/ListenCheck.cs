using System.Net;
using AllData.Configuration;

namespace AllData.Silo.Security;

/// <summary>A port that the silo is to listen on.</summary>
/// <param name="Option">The option that says at which address.</param>
/// <param name="Address">The address.</param>
/// <param name="IsSecured">Whether the port by itself lets in only callers that identify themselves.</param>
internal readonly record struct WantedPort(string Option, IPAddress Address, bool IsSecured);

/// <summary>
/// Refuses to open the store to a network without knowing the callers: each caller that reaches such a port can read, write and destroy everything.
/// </summary>
internal static class ListenCheck
{
    /// <summary>Why the silo does not start; null when it may.</summary>
    /// <param name="security">How callers identify themselves.</param>
    /// <param name="ports">All ports that are to be opened.</param>
    public static string? ComplaintOf(SecurityOptions security, IEnumerable<WantedPort> ports)
    {
        var open = OpenOf(ports);
        return open.Length == 0 || security.AllowInsecure
            ? null
            : $"{open} would be open to all that reach it: to read, write and destroy all events. Set {SecurityOptions.Section}:CertificateFile, "
                + $":SiloCaFile, :ClientCaFile and :PrincipalsFile ('alldata security init' makes them), or listen on 127.0.0.1. If the network is as safe "
                + $"as this machine, {SecurityOptions.Section}:AllowInsecure=true starts the silo all the same.";
    }

    /// <summary>What is said at the start of a silo whose ports are open; null when none is.</summary>
    public static string? WarningOf(IEnumerable<WantedPort> ports) => OpenOf(ports) is { Length: > 0 } open
        ? $"{open} is open to all that reach it, as {SecurityOptions.Section}:AllowInsecure says: to read, write and destroy all events."
        : null;

    /// <summary>Why ports that no option of the store knows are refused; null when there are none.</summary>
    public static string? ComplaintOfOthers(IConfiguration configuration) => configuration.GetSection("Kestrel:Endpoints").GetChildren().Any()
        ? "Kestrel:Endpoints opens ports that AllData:Http and AllData:Security do not know and do not protect. Remove it; AllData:Http:Address and "
            + ":Port say where the silo listens."
        : null;

    private static string OpenOf(IEnumerable<WantedPort> ports) => string.Join(
        ", ", ports.Where(static port => !port.IsSecured && !IPAddress.IsLoopback(port.Address)).Select(static port => $"{port.Option}={port.Address}"));
}
