using System.Collections.Immutable;
using Microsoft.Extensions.Configuration.Memory;

namespace AllData.Silo.Hosting;

/// <summary>A silo's settings, from weak to strong: defaults, files and environment, identity, command line.</summary>
/// <param name="Defaults">Weaker than everything.</param>
/// <param name="Identity">Stronger than files and environment.</param>
/// <param name="CommandLine">Settings of the form <c>--Section:Name=value</c>; stronger than everything.</param>
internal sealed record SiloSettings(
    IReadOnlyDictionary<string, string?> Defaults, IReadOnlyDictionary<string, string?> Identity, ImmutableArray<string> CommandLine)
{
    /// <summary>What is logged by default.</summary>
    private static readonly Dictionary<string, string?> LogLevels = new()
    {
        ["Logging:LogLevel:Default"] = "Information",

        // A line for each request would cost more than the request.
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

        // Its stack trace of a start that has failed would bury the sentence that says why.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",

        // Orleans places each call through it and would report every one.
        ["Logging:LogLevel:Polly"] = "Warning",

        // Advises the server garbage collector at every start, which several silos on one machine do not want; its errors stay.
        ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
    };

    /// <summary>A silo with its own configuration only.</summary>
    public static SiloSettings Of(ImmutableArray<string> commandLine) =>
        new(ImmutableDictionary<string, string?>.Empty, ImmutableDictionary<string, string?>.Empty, commandLine);

    /// <summary>Puts them around what the configuration has already.</summary>
    public void ApplyTo(ConfigurationManager configuration)
    {
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = LogLevels });
        configuration.AddInMemoryCollection(Identity);
        configuration.AddCommandLine([.. CommandLine]);
    }
}
