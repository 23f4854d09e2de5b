using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Ballast.ApiServer.Tests.Clients;
using Ballast.Testing.Commands;

[assembly: Xunit.AssemblyFixture(typeof(ClientPrograms))]

namespace Ballast.ApiServer.Tests.Clients;

/// <summary>
/// Client programs that the machine does not have itself, fetched once into a cache in the temporary folder: Debian's kubectl, which is years older than the machine's, and
/// the JavaScript client.
/// </summary>
public sealed class ClientPrograms
{
    private static readonly TimeSpan FetchPatience = TimeSpan.FromMinutes(5);

    private readonly string _cache = Path.Combine(Path.GetTempPath(), "ballast-test-clients");
    private readonly Lazy<Task<string>> _debianKubectl;
    private readonly Lazy<Task<string>> _javaScript;

    public ClientPrograms()
    {
        _debianKubectl = new(FetchKubectlAsync);
        _javaScript = new(InstallJavaScriptAsync);
    }

    /// <summary>The program's path: <c>machine</c>'s own, or <c>debian</c>'s.</summary>
    public async Task<string> KubectlAsync(string whose) => whose == "debian" ? await _debianKubectl.Value : "kubectl";

    /// <summary>A folder with the JavaScript client and the scripts that use it.</summary>
    public Task<string> JavaScriptFolderAsync() => _javaScript.Value;

    private Task<string> FetchKubectlAsync() => FetchOnceAsync("kubernetes-client", async folder =>
    {
        await new ProcessStartInfo("apt-get", ["download", "kubernetes-client"]) { WorkingDirectory = folder }.SucceedAsync(patience: FetchPatience);
        var package = Directory.GetFiles(folder, "kubernetes-client_*.deb").Single();
        await new ProcessStartInfo("dpkg", ["-x", package, folder]).SucceedAsync(patience: FetchPatience);
        File.Delete(package);
    }, "usr/bin/kubectl");

    private async Task<string> InstallJavaScriptAsync()
    {
        var scripts = Path.Combine(Path.GetDirectoryName(ThisFile())!, "JavaScript");
        var locked = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(scripts, "package-lock.json"))))[..12];
        var folder = await FetchOnceAsync("javascript-" + locked, async folder =>
        {
            foreach (var file in (string[])["package.json", "package-lock.json"])
                File.Copy(Path.Combine(scripts, file), Path.Combine(folder, file));
            await new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]) { WorkingDirectory = folder }.SucceedAsync(patience: FetchPatience);
        }, "");
        // Scripts import from the folder they stand in.
        foreach (var script in Directory.GetFiles(scripts, "*.mjs"))
            File.Copy(script, Path.Combine(folder, Path.GetFileName(script)), overwrite: true);
        return folder;
    }

    /// <summary>Made beside its place and moved there when it is whole, as another run may do the same.</summary>
    private async Task<string> FetchOnceAsync(string name, Func<string, Task> fetch, string result)
    {
        var place = Path.Combine(_cache, name);
        if (!Directory.Exists(place))
        {
            Directory.CreateDirectory(_cache);
            var making = Path.Combine(_cache, $"{name}.{Guid.NewGuid():N}");
            Directory.CreateDirectory(making);
            await fetch(making);
            try
            {
                Directory.Move(making, place);
            }
            catch (IOException) when (Directory.Exists(place))
            {
                Directory.Delete(making, recursive: true);
            }
        }
        return Path.Combine(place, result);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
