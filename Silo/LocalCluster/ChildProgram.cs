using System.Collections.Immutable;

namespace AllData.Silo.LocalCluster;

/// <summary>The program that peers run.</summary>
/// <param name="FileName">Its file.</param>
/// <param name="LeadingArguments">What comes before the arguments for the peer.</param>
internal sealed record ChildProgram(string FileName, ImmutableArray<string> LeadingArguments)
{
    /// <summary>The same program as this process: its own executable, or the dotnet host with its assembly.</summary>
    public static ChildProgram OfThisProcess() => Of(Environment.ProcessPath, typeof(ChildProgram).Assembly.Location);

    /// <summary>The program of a process.</summary>
    public static ChildProgram Of(string? processPath, string assembly) => processPath switch
    {
        null => new ChildProgram("dotnet", [assembly]),
        _ when Path.GetFileNameWithoutExtension(processPath) == "dotnet" => new ChildProgram(processPath, [assembly]),
        _ => new ChildProgram(processPath, []),
    };
}
