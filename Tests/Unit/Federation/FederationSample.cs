using System.Text;
using AllData.Federation;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Federation;

/// <summary>Documents for tests.</summary>
internal static class FederationSample
{
    public static readonly Guid Store = new("5b0cc8a4-1f0a-4a52-9a57-3c9b6f0a7d11");
    public static readonly Guid Alias = new("0c1f6f0e-7a52-4f0e-8a35-1f4f0b6b7c22");

    /// <summary>The file that the guide shows.</summary>
    public static string FilePath => Path.Combine(Repository.Root, "docs", "samples", "federation.json");

    /// <summary>A document of two clusters; by default as the registry of the first one would have it at its beginning.</summary>
    public static FederationDocument Document(
        int version = 1, TimeSpan? length = null, Guid? store = null, Guid[]? aliases = null, params OrdinalRange[] north) => new()
        {
            Store = store ?? Store,
            Aliases = [.. (aliases ?? [Alias]).Order()],
            Version = version,
            IntervalLength = length ?? TimeSpan.FromDays(1),
            Clusters =
            [
                new FederationCluster
                {
                    Number = 0,
                    Name = "north",
                    Regions = ["north"],
                    Peers = ["http://127.0.0.1:8381"],
                    Ordinals = north.Length == 0 ? [new OrdinalRange(1, 599)] : [.. north],
                },
                new FederationCluster
                {
                    Number = 1, Name = "west", Regions = ["west"], Peers = ["http://127.0.0.1:8382"], Ordinals = [new OrdinalRange(600, 1199)],
                },
            ],
        };

    public static FederationDocument Read(string json) => FederationJson.Read(Encoding.UTF8.GetBytes(json));

    public static IReadOnlyList<string> FaultsOf(string json)
    {
        try
        {
            Read(json);
            return [];
        }
        catch (FederationException e)
        {
            return e.Faults;
        }
    }

    /// <summary>A document around clusters.</summary>
    public static string Around(string clusters) =>
        $$"""{"store":"{{Store}}","version":1,"intervalLength":"1.00:00:00","clusters":[{{clusters}}]}""";
}
