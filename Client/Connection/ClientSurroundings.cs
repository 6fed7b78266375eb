namespace AllData.Client.Connection;

/// <summary>A command's environment: variables, and the user's configuration directory.</summary>
/// <param name="Variable">A variable's value; null where it is not set.</param>
/// <param name="ConfigDirectory">Where contexts are kept; empty where there is no such place.</param>
internal sealed record ClientSurroundings(Func<string, string?> Variable, string ConfigDirectory)
{
    /// <summary>Gateways to connect to, <c>HOST:PORT</c>, separated by commas.</summary>
    public const string GatewaysVariable = "ALLDATA_GATEWAYS";

    /// <summary>Nothing: for a command that must find what it is given.</summary>
    public static ClientSurroundings None { get; } = new(static _ => null, "");

    /// <summary>Those of this process: <c>$XDG_CONFIG_HOME/alldata</c>, <c>~/.config/alldata</c> where it is not set, and on Windows
    /// <c>%AppData%</c>.</summary>
    public static ClientSurroundings OfProcess()
    {
        var config = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return new(Environment.GetEnvironmentVariable, config.Length == 0 ? "" : Path.Combine(config, "alldata"));
    }
}
