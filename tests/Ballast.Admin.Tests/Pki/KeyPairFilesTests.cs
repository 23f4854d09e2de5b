using Ballast.Admin.Pki;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Admin.Tests.Pki;

public sealed class KeyPairFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "apiserver");

    public KeyPairFilesTests()
    {
        File.WriteAllText(Path + ".crt", "certificate 0");
        File.WriteAllText(Path + ".key", "key 0");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Both_names_lead_to_the_new_pair_and_the_old_key_is_gone()
    {
        for (var i = 1; i <= 3; i++)
        {
            Replace(i);
            Assert.Equal(new($"certificate {i}", $"key {i}"), KeyPairFiles.Read(Path));
            Assert.DoesNotContain(AllFiles(), f => File.ReadAllText(f) == $"key {i - 1}");
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path + ".key"));
    }

    [Theory]
    [InlineData(".crt")]
    [InlineData(".key")]
    [InlineData(".crt.key")]
    public void Files_that_somebody_has_put_in_place_of_the_links_become_links_again(string which)
    {
        Replace(1);
        foreach (var ending in which.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            File.Delete($"{Path}.{ending}");
            File.WriteAllText($"{Path}.{ending}", $"other {ending}");
        }
        Replace(2);
        Assert.Equal(new("certificate 2", "key 2"), KeyPairFiles.Read(Path));
        Assert.NotNull(new FileInfo(Path + ".crt").LinkTarget);
        Assert.NotNull(new FileInfo(Path + ".key").LinkTarget);
    }

    [Fact]
    public void Whatever_was_left_by_a_run_that_died_is_cleared()
    {
        Replace(1);
        var died = System.IO.Path.Combine(_folder.Path, ".pairs/apiserver/20000101T000000.000-1");
        Directory.CreateDirectory(died);
        File.WriteAllText(System.IO.Path.Combine(died, "key.pem"), "half");
        Assert.Equal(new("certificate 1", "key 1"), KeyPairFiles.Read(Path));
        Replace(2);
        Assert.False(Directory.Exists(died));
    }

    /// <summary>Two files are read one after the other, so a reader can see the new key with the old certificate; what it must see when it looks again is one pair.</summary>
    [Fact]
    public async Task A_reader_finds_a_pair_that_fits_at_any_moment()
    {
        using var stop = new CancellationTokenSource();
        var misfits = 0;
        var reads = 0;
        var reader = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                var fits = false;
                for (var attempt = 0; attempt < 20 && !fits; attempt++)
                {
                    try
                    {
                        var pair = KeyPairFiles.Read(Path);
                        fits = pair.CertificatePem["certificate ".Length..] == pair.KeyPem["key ".Length..];
                    }
                    catch (PkiException)
                    {
                        // The folder that the link led to a moment ago is gone.
                    }
                }
                reads++;
                misfits += fits ? 0 : 1;
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 1; i <= 100; i++)
            Replace(i);
        await stop.CancelAsync();
        await reader;
        Assert.True(reads > 0);
        Assert.Equal(0, misfits);
    }

    private void Replace(int number)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        KeyPairFiles.Replace(Path, new($"certificate {number}", $"key {number}"), _time);
    }

    private IEnumerable<string> AllFiles() => Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories);
}
