using System.Collections.Immutable;
using System.Globalization;

namespace AllData.Silo.LocalCluster;

/// <summary>Builds the command that starts one peer: for the process that starts it, and for a person who types it.</summary>
/// <param name="layout">The cluster.</param>
/// <param name="settings">Settings of the form <c>--Section:Name=value</c> that every peer is given.</param>
internal sealed class PeerCommandLine(LocalClusterLayout layout, ImmutableArray<string> settings)
{
    private readonly (ImmutableArray<string> Plain, ImmutableArray<string> Secret) _settings = SecretSettings.Part(settings);

    public const string Command = "local-peer";

    /// <summary>Makes a peer stop when its standard input ends, that is when the process that started it is gone.</summary>
    public const string StopWithParentOption = "--stop-at-end-of-input";

    /// <summary>Makes the cluster secure.</summary>
    public const string SecureOption = "--secure";

    private const string Project = "Silo";

    public ImmutableArray<string> ForChild(LocalClusterPeer peer) =>
    [
        Command, peer.Id.Value, "--data", layout.Data, "--base-port", Text(layout.BasePort), "--peers", Text(AllPeers),
        .. Unless("--clusters", layout.Clusters, 1), .. Security, StopWithParentOption, .. _settings.Plain,
    ];

    /// <summary>What a child process is given in its environment: the settings that hold secrets.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentForChild => SecretSettings.AsEnvironment(_settings.Secret);

    /// <summary>The variables that a person must set for <see cref="ForPerson"/> to work: what they hold is never printed.</summary>
    public ImmutableArray<string> VariablesForPerson => [.. _settings.Secret.Select(SecretSettings.VariableOf).Distinct()];

    /// <summary>The command that starts the peer again alone, to be typed in the current directory.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="program">The program that is running.</param>
    /// <param name="isInRepository">Whether the current directory is the repository's, so that <c>dotnet run</c> finds the project.</param>
    public string ForPerson(LocalClusterPeer peer, ChildProgram program, bool isInRepository)
    {
        ImmutableArray<string> start = isInRepository
            ? ["dotnet", "run", "-c", "Release", "--project", Project, "--"]
            : [program.FileName, .. program.LeadingArguments];
        ImmutableArray<string> all =
        [
            .. start, Command, peer.Id.Value, "--data", layout.Data,
            .. Unless("--base-port", layout.BasePort, LocalClusterLayout.DefaultBasePort),
            .. Unless("--peers", AllPeers, LocalClusterLayout.MaxPeers),
            .. Unless("--clusters", layout.Clusters, 1),
            .. Security,
            .. _settings.Plain,
        ];
        return string.Join(' ', all.Select(ShellText.Quote));
    }

    /// <summary>Whether <c>dotnet run --project Silo</c> works in a directory.</summary>
    public static bool IsRepository(string directory) => File.Exists(Path.Combine(directory, Project, "AllData.Silo.csproj"));

    // Of several clusters one may have been dropped: the others stay where they are in the whole layout.
    private int AllPeers => layout.Clusters > 1 ? LocalClusterLayout.MaxPeers : layout.Peers.Length;

    private ImmutableArray<string> Security => layout.IsSecure ? [SecureOption] : [];

    private static ImmutableArray<string> Unless(string option, int value, int usual) => value == usual ? [] : [option, Text(value)];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
