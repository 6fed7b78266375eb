using AllData.Client.Terminals;
using AllData.Security;

namespace AllData.Client.Security;

/// <summary>Says what was made and how it is used.</summary>
internal static class SecurityOutput
{
    /// <summary>Writes it.</summary>
    public static void Write(Terminal terminal, string path, WantedCertificates wanted, IReadOnlyList<string> made, bool isJson)
    {
        if (isJson)
        {
            terminal.WriteJson(new { Directory = path, Made = made });
            return;
        }

        terminal.WriteLine(made.Count == 0
            ? $"All certificates are in {path} already."
            : $"Made in {path}: {string.Join(", ", made)}.");
        terminal.WriteLine($"{At(CertificateDirectory.Principals)} says what each client may do; silos read it again when it changes.");
        terminal.WriteLine($"Keep {At("*-ca.key")} away from the silos: a holder of one makes silos or clients.");
        foreach (var silo in wanted.Silos)
        {
            terminal.WriteLine(
                $"{silo}: --AllData:Security:CertificateFile={At($"{silo}.pem")} --AllData:Security:KeyFile={At($"{silo}.key")} "
                + $"--AllData:Security:SiloCaFile={At("silo-ca.pem")} --AllData:Security:ClientCaFile={At("client-ca.pem")} "
                + $"--AllData:Security:PrincipalsFile={At(CertificateDirectory.Principals)} --AllData:Security:SiloName=*.silo.{wanted.ClusterId}");
        }

        foreach (var client in wanted.Clients.Select(static client => client.Name))
        {
            terminal.WriteLine($"{client}: alldata --cert {At($"{client}.pem")} --cert-key {At($"{client}.key")} --ca {At("silo-ca.pem")}");
        }

        string At(string name) => Path.Combine(path, name);
    }

    /// <summary>Writes a new key.</summary>
    public static void WriteKey(Terminal terminal, string name, string key, bool isJson)
    {
        if (isJson)
        {
            terminal.WriteJson(new { Principal = name, Key = key });
            return;
        }

        terminal.WriteLine(key);
        terminal.Say($"This is shown once: a key of '{name}'. Requests show it as 'Authorization: Bearer KEY', over HTTPS.");
    }
}
