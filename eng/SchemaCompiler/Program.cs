using Ballast.SchemaCompiler;

// SchemaCompiler DOCS MERGE OUT: writes the schemas of KubernetesClient's models, with the texts of its XML documentation and the merge
// semantics of the table, in the form that SchemaCatalog reads.
if (args is not [var docs, var merge, var output])
{
    Console.Error.WriteLine("usage: SchemaCompiler KubernetesClient.xml merge-semantics.txt schemas.bin");
    return 2;
}
var models = new ModelSet();
var writer = new SchemaWriter(models, XmlDocs.Read(docs), MergeTable.Read(merge));
CatalogFile.Write(output, models.Names.Order(StringComparer.Ordinal).Select(writer.Write).Concat(MachineryTypes.All));
return 0;
