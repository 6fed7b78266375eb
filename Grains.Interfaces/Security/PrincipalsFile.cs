using System.Security.Cryptography;
using System.Text;

namespace AllData.Security;

/// <summary>Changes the file of those that may use the store.</summary>
internal static class PrincipalsFile
{
    private const int KeyBytes = 32;

    // So that a key is recognized where it should not be, by people and by scanners of repositories.
    private const string KeyPrefix = "alldata_";

    /// <summary>Adds clients that the file does not have; what it has stays.</summary>
    /// <returns>Which it had before.</returns>
    /// <exception cref="FormatException">The file that is there cannot be used.</exception>
    public static IReadOnlyCollection<string> Add(string file, IEnumerable<WantedClient> clients)
    {
        var known = Read(file);
        var names = known.Principals.Select(static p => p.Name).ToHashSet(StringComparer.Ordinal);
        Write(file, [.. known.Principals, .. clients.Where(c => !names.Contains(c.Name)).Select(static c => new Principal(c.Name, c.Roles, [], []))]);
        return names;
    }

    /// <summary>Gives a principal a new API key.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The principal.</param>
    /// <param name="roles">What it may do; null: what it may already.</param>
    /// <returns>The key. The file has its hash only.</returns>
    /// <exception cref="FormatException">The file cannot be used, or the principal is new and no role was named.</exception>
    public static string AddKey(string file, string name, StoreRoles? roles)
    {
        var known = Read(file).Principals;
        var principal = known.FirstOrDefault(p => p.Name == name) ?? new Principal(name, roles ?? throw new FormatException(
            $"{file} has no principal '{name}'. Name its roles to add it: --roles writer."), [], []);
        if (principal.KeyHashes.Length >= PrincipalsDocument.MaxSecrets)
        {
            throw new FormatException($"'{name}' has {principal.KeyHashes.Length} keys already. Remove those of {file} that are not in use any more.");
        }

        var key = KeyPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        var changed = principal with { Roles = roles ?? principal.Roles, KeyHashes = principal.KeyHashes.Add(PrincipalsDocument.HashOf(key)) };
        Write(file, [.. known.Where(p => p.Name != name), changed]);
        return key;
    }

    private static PrincipalsDocument Read(string file) =>
        File.Exists(file) ? PrincipalsDocument.ReadFile("The file of those that may use the store", file) : new PrincipalsDocument([]);

    private static void Write(string file, IEnumerable<Principal> principals)
    {
        var document = new PrincipalsDocument([.. principals.OrderBy(static p => p.Name, StringComparer.Ordinal)]);
        PrivateFiles.Write(file, Encoding.UTF8.GetString(document.Write()) + Environment.NewLine);
    }
}
